import CoreShift
import Glibc
import Testing

/// Each body runs in a process of its own, where SIGPIPE has the default disposition: a signal
/// that is raised after all ends it.
@Suite struct BrokenPipeTests {
  @Test func `a write to a pipe without reader is an error and no signal`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      let pipe = try Pipe()
      let writer = pipe.writeEnd
      try pipe.readEnd.close()
      try expectBrokenPipe { () throws(CoreError) in try writer.write([1]) }
    }
  }

  @Test func `so is one that masks the signal, and the mask is put back`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      let pipe = try Pipe()
      let writer = pipe.writeEnd
      try pipe.readEnd.close()
      try expectBrokenPipe { () throws(CoreError) in
        let byte: [UInt8] = [1]
        return try unsafe byte.span.bytes.withUnsafeBytes { bytes throws(CoreError) in
          try unsafe writer.writeMaskingSignal(bytes)
        }
      }
      var mask = sigset_t()
      unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
      #expect(unsafe sigismember(&mask, SIGPIPE) == 0)
      unsafe sigpending(&mask)
      #expect(unsafe sigismember(&mask, SIGPIPE) == 0)
    }
  }

  @Test func `a signal that was pending before stays pending`() async {
    await #expect(processExitsWith: .success) {
      var mask = sigset_t()
      unsafe sigemptyset(&mask)
      unsafe sigaddset(&mask, SIGPIPE)
      unsafe pthread_sigmask(SIG_BLOCK, &mask, nil)
      raise(SIGPIPE)
      let pipe = try Pipe()
      let writer = pipe.writeEnd
      try pipe.readEnd.close()
      try expectBrokenPipe { () throws(CoreError) in
        let byte: [UInt8] = [1]
        return try unsafe byte.span.bytes.withUnsafeBytes { bytes throws(CoreError) in
          try unsafe writer.writeMaskingSignal(bytes)
        }
      }
      unsafe sigpending(&mask)
      #expect(unsafe sigismember(&mask, SIGPIPE) == 1)
    }
  }

  @Test func `a socket adopted as a plain descriptor raises none either`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      var ends: [Int32] = [-1, -1]
      let kind = Int32(SOCK_STREAM.rawValue)
      #expect(unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0)
      let left = try Fd(adopting: ends[0])
      try Fd(adopting: ends[1]).close()
      try expectBrokenPipe { () throws(CoreError) in try left.write([1]) }
    }
  }

  @Test func `a descriptor whose file takes no flags is written all the same`() throws {
    // An eventfd refuses every flag of pwritev2.
    let event = try EventDescriptor()
    #expect(try event.descriptor.write([3, 0, 0, 0, 0, 0, 0, 0]) == .bytes(8))
    #expect(try event.take() == .count(3))
  }
}

/// Expects `body` to fail with EPIPE.
private func expectBrokenPipe(_ body: () throws(CoreError) -> WriteOutcome) throws {
  let error = #expect(throws: CoreError.self) { try body() }
  #expect(error?.code == .brokenPipe)
  #expect(error?.operation == "write")
}
