import CoreShift
import Testing

@Suite struct CoreErrorTests {
  @Test func `names the operation, the errno and the subject`() {
    let error = CoreError(
      operation: "epoll_ctl_add", code: .alreadyExists, subject: .descriptor(7))
    #expect(error.description == "epoll_ctl_add: EEXIST (file exists) on descriptor 7")
  }

  @Test func `leaves out a subject that is not there`() {
    let error = CoreError(operation: "pipe2", code: .tooManyOpenFiles)
    #expect(error.description == "pipe2: EMFILE (too many open files)")
  }

  @Test func `is equal only when operation, code and subject are`() {
    let error = CoreError(operation: "open", code: .notFound, subject: .path("/a"))
    #expect(error == CoreError(operation: "open", code: .notFound, subject: .path("/a")))
    #expect(error != CoreError(operation: "stat", code: .notFound, subject: .path("/a")))
    #expect(error != CoreError(operation: "open", code: .busy, subject: .path("/a")))
    #expect(error != CoreError(operation: "open", code: .notFound, subject: .path("/b")))
  }

  @Test func `shows hostile paths quoted`() {
    #expect(ErrorSubject.path("/a\nb").description == "\"/a\\nb\"")
  }
}

@Suite struct ErrorCodeTests {
  @Test func `has the kernel's numbers`() {
    #expect(ErrorCode.notPermitted.rawValue == 1)
    #expect(ErrorCode.wouldBlock.rawValue == 11)
    #expect(ErrorCode.brokenPipe.rawValue == 32)
    #expect(ErrorCode.connectionRefused.rawValue == 111)
  }

  @Test func `keeps a number that has no name`() {
    #expect(ErrorCode(rawValue: 4000).name == nil)
    #expect(ErrorCode(rawValue: 4000).description == "errno 4000")
  }

  @Test func `knows every number that Linux uses`() {
    for number in Int32(1)...133 where number != 41 && number != 58 {
      #expect(ErrorCode(rawValue: number).name?.first == "E", "errno \(number)")
    }
  }
}
