import CoreShift
import Glibc
import TestSupport
import Testing

@Suite struct ReactorRegistrationTests {
  @Test func `hands out growing tokens from 1 and never one again`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe()
    for round in UInt64(1)...10_000 {
      let token = try reactor.register(pipe.readEnd, for: .reading)
      #expect(token.rawValue == round)
      try reactor.unregister(token)
    }
    #expect(reactor.count == 0)
  }

  @Test func `a registration that fails uses up no token`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe()
    let first = try reactor.register(pipe.readEnd, for: .reading)
    _ = reactor.failure { reactor throws(CoreError) in
      _ = try reactor.register(rawDescriptor: -1, rawFlags: EpollFlags.readable)
    }
    let second = try reactor.register(pipe.writeEnd, for: .writing)
    #expect(first < second)
    #expect(second.rawValue == 2)
  }

  @Test func `knows what is registered`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe()
    let token = try reactor.register(pipe.readEnd, for: .reading)
    #expect(reactor.contains(token) == true)
    #expect(reactor.count == 1)
    try reactor.unregister(token)
    #expect(reactor.contains(token) == false)
    #expect(reactor.count == 0)
  }

  @Test func `the same descriptor twice exists already`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe()
    let number = pipe.readEnd.rawValue
    _ = try reactor.register(pipe.readEnd, for: .reading)
    let error = reactor.failure { reactor throws(CoreError) in
      _ = try reactor.register(
        rawDescriptor: number, rawFlags: EpollFlags.readable)
    }
    #expect(
      error
        == CoreError(
          operation: "epoll_ctl_add", code: .alreadyExists, subject: .descriptor(number)))
    #expect(reactor.count == 1)
  }

  @Test func `a regular file is not permitted`() throws {
    var reactor = try Reactor()
    let number = unsafe open("/proc/self/exe", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    let file = try Fd(adopting: number)
    let error = reactor.failure { reactor throws(CoreError) in
      _ = try reactor.register(rawDescriptor: number, rawFlags: EpollFlags.readable)
    }
    #expect(
      error
        == CoreError(
          operation: "epoll_ctl_add", code: .notPermitted, subject: .descriptor(number)))
    try file.close()
  }

  @Test func `a closed descriptor is a bad one`() throws {
    var reactor = try Reactor()
    let error = reactor.failure { reactor throws(CoreError) in
      _ = try reactor.register(rawDescriptor: Int32.max, rawFlags: EpollFlags.readable)
    }
    #expect(
      error
        == CoreError(
          operation: "epoll_ctl_add", code: .badDescriptor, subject: .descriptor(.max)))
  }

  @Test func `a blocking descriptor is refused unless allowed`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe(readEnd: .blocking)
    let refused = Result { () throws(CoreError) in
      try reactor.register(pipe.readEnd, for: .reading)
    }
    #expect(
      refused
        == .failure(
          CoreError(
            operation: "epoll_ctl_add", code: .invalidArgument,
            subject: .descriptor(pipe.readEnd.rawValue))))
    let token = try reactor.register(pipe.readEnd, for: .reading, blocking: .allowed)
    #expect(reactor.contains(token) == true)
  }

  @Test func `removing or changing an unknown token finds nothing`() throws {
    var reactor = try Reactor()
    let token = Token(rawValue: 5)
    #expect(
      reactor.failure { reactor throws(CoreError) in try reactor.unregister(token) }
        == CoreError(operation: "epoll_ctl_del", code: .notFound, subject: .token(5)))
    #expect(
      reactor.failure { reactor throws(CoreError) in try reactor.modify(token, to: .reading) }
        == CoreError(operation: "epoll_ctl_mod", code: .notFound, subject: .token(5)))
  }

  @Test func `removing forgets the token also when the kernel knows it no more`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe()
    let reader = pipe.readEnd
    let token = try reactor.register(reader, for: .reading)
    // Misuse: closed first. The number is kept busy, so that no other test can own it now.
    let other = try EventDescriptor()
    try other.descriptor.duplicate(onto: reader.rawValue, .closed)
    #expect(
      reactor.failure { reactor throws(CoreError) in try reactor.unregister(token) }
        == CoreError(
          operation: "epoll_ctl_del", code: .notFound, subject: .descriptor(reader.rawValue)))
    #expect(reactor.contains(token) == false)
  }

  @Test func `changing the interest keeps the token and tells what is ready now`() throws {
    var reactor = try Reactor()
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    #expect(unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0)
    let left = try Fd(adopting: ends[0])
    let right = try Fd(adopting: ends[1])
    let token = try reactor.register(left, for: .reading)
    var events: [Event] = []
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 0)
    try reactor.modify(token, to: [.reading, .writing])
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(events[0].token == token)
    #expect(events[0].isWritable && !events[0].isReadable)
    try reactor.modify(token, to: .reading)
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 0)
    #expect(try right.write([1]) == .bytes(1))
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(events[0].isReadable && !events[0].isWritable)
  }

  @Test func `two reactors do not disturb each other`() throws {
    var first = try Reactor()
    var second = try Reactor()
    let pipe = try Pipe()
    let firstToken = try first.register(pipe.readEnd, for: .reading)
    let secondToken = try second.register(pipe.readEnd, for: .reading)
    #expect(firstToken == secondToken)
    try first.unregister(firstToken)
    #expect(try pipe.writeEnd.write([1]) == .bytes(1))
    var events: [Event] = []
    #expect(try first.wait(into: &events, upTo: 8, for: .zero) == 0)
    #expect(try second.wait(into: &events, upTo: 8, for: .zero) == 1)
  }

  @Test func `a reactor is close-on-exec and gives its descriptor back`() throws {
    try withOwnDescriptors {
      let probe = try EventDescriptor()
      let copy = try probe.descriptor.duplicate()
      let free = copy.rawValue
      try copy.close()
      for _ in 0..<100 {
        var reactor = try Reactor()
        _ = try reactor.register(probe.descriptor, for: .reading)
        // The lowest free number is the reactor's own.
        #expect(fcntl(free, F_GETFD) == FD_CLOEXEC)
      }
      #expect(fcntl(free, F_GETFD) == -1)
    }
  }

  @Test func `at the descriptor limit creation fails by name and leaks nothing`() async {
    await #expect(processExitsWith: .success) {
      // In a table where nobody else frees a number meanwhile.
      try withOwnDescriptors {
        // The next free number becomes the limit: nothing more can be opened.
        let probe = try EventDescriptor()
        let free = probe.descriptor.rawValue
        try probe.descriptor.duplicate().close()
        var limit = rlimit()
        #expect(unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        // A sanitizer opens files at the end.
        var before = limit
        defer { unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before) }
        limit.rlim_cur = rlim_t(free + 1)
        #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        for _ in 0..<3 {
          let error = #expect(throws: CoreError.self) { _ = try Reactor() }
          #expect(error == CoreError(operation: "epoll_create1", code: .tooManyOpenFiles))
        }
        #expect(
          #expect(throws: CoreError.self) { _ = try Pipe() }
            == CoreError(operation: "pipe2", code: .tooManyOpenFiles))
      }
    }
  }
}

extension Reactor {
  /// The error of `body`, which a closure of `#expect(throws:)` could not capture a reactor for.
  mutating func failure(_ body: (inout Reactor) throws(CoreError) -> Void) -> CoreError? {
    do throws(CoreError) {
      try body(&self)
      return nil
    } catch {
      return error
    }
  }
}
