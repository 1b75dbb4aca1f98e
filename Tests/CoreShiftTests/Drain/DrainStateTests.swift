import CoreShift
import Glibc
import TestSupport
import Testing

@Suite struct DrainStateTests {
  /// Fills one or two pipes, closes them, and drains to the end.
  private func drain(
    _ output: [UInt8], _ error: [UInt8] = [], limits: DrainLimits
  ) throws -> DrainedOutput {
    var reactor = try Reactor()
    let outputPipe = try Pipe()
    let errorPipe = try Pipe()
    _ = try outputPipe.writeEnd.write(output)
    _ = try errorPipe.writeEnd.write(error)
    let (outputWriter, errorWriter) = (outputPipe.writeEnd.release(), errorPipe.writeEnd.release())
    try Fd(adopting: outputWriter).close()
    try Fd(adopting: errorWriter).close()
    var drain = DrainState(
      standardOutput: outputPipe.readEnd, standardError: errorPipe.readEnd, limits: limits)
    try drain.register(with: &reactor)
    var events: [Event] = []
    var waits = 0
    while !drain.isDrained, waits < 10_000 {
      waits += 1
      _ = try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20))
      for event in events {
        try drain.handle(event, on: &reactor)
        #expect(drain.retainedByteCount <= limits.byteLimit)
      }
    }
    #expect(drain.isDrained == true)
    #expect(reactor.count == 0)
    return drain.takeOutput()
  }

  @Test(arguments: [
    (limit: 10, written: 10, isTruncated: false), (10, 11, true), (10, 9, false), (0, 0, false),
    (0, 1, true), (5000, 5000, false), (5000, 5001, true), (5000, 60_000, true),
  ])
  func `only a byte over the limit truncates`(
    limit: Int, written: Int, isTruncated: Bool
  ) throws {
    let bytes = (0..<written).map { UInt8(truncatingIfNeeded: $0) }
    let result = try drain(bytes, limits: DrainLimits(byteLimit: limit))
    #expect(result.standardOutput == Array(bytes.prefix(limit)))
    #expect(result.isTruncated == isTruncated)
  }

  @Test(arguments: [100, 1000, 1500, 1999, 2000])
  func `both outputs share one limit and keep their first bytes`(limit: Int) throws {
    let output = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
    let error = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let result = try drain(output, error, limits: DrainLimits(byteLimit: limit))
    #expect(result.standardOutput.count + result.standardError.count == limit)
    #expect(result.standardOutput == Array(output.prefix(result.standardOutput.count)))
    #expect(result.standardError == Array(error.prefix(result.standardError.count)))
    #expect(result.isTruncated == (limit < 2000))
  }

  @Test func `the default keeps one MiB`() {
    #expect(DrainLimits().byteLimit == 1_048_576)
  }

  @Test func `a turn moves a bounded number of bytes and the next wait goes on`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe()
    _ = try pipe.writeEnd.write([UInt8](repeating: 1, count: 50_000))
    var drain = DrainState(
      standardOutput: pipe.readEnd, limits: DrainLimits(bytesPerTurn: 8192))
    try drain.register(with: &reactor)
    var events: [Event] = []
    for turn in 1...6 {
      #expect(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) == 1)
      for event in events { try drain.handle(event, on: &reactor) }
      #expect(drain.retainedByteCount == min(50_000, turn * 8192))
    }
    // Nothing more, and nothing ended: no event either.
    _ = try reactor.wait(into: &events, upTo: 8, for: .zero)
    for event in events { try drain.handle(event, on: &reactor) }
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 0)
    drain.unregister(from: &reactor)
  }

  @Test func `an input that fails is closed, and its error is told`() throws {
    var reactor = try Reactor()
    // A counter takes eight bytes at once, and nothing else.
    let counter = try EventDescriptor().descriptor.duplicate()
    let number = counter.rawValue
    var drain = DrainState(feeding: [1, 2, 3], standardInput: counter)
    try drain.register(with: &reactor)
    var events: [Event] = []
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    var failure: CoreError?
    do throws(CoreError) { try drain.handle(events[0], on: &reactor) } catch { failure = error }
    #expect(
      failure
        == CoreError(operation: "write", code: .invalidArgument, subject: .descriptor(number)))
    #expect(drain.isDrained == true)
    #expect(reactor.count == 0)
    #expect(try drain.handle(events[0], on: &reactor) == false, "its token is nobody's")
  }

  @Test func `a pipe whose next turn cannot be asked for is closed`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe()
    let writer = pipe.writeEnd
    _ = try writer.write([UInt8](repeating: 1, count: 1000))
    var drain = DrainState(standardOutput: pipe.readEnd, limits: DrainLimits(bytesPerTurn: 100))
    try drain.register(with: &reactor)
    var events: [Event] = []
    #expect(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) == 1)
    var failure: CoreError?
    Fault.inject(.outOfMemory, atCall: 1) {
      do throws(CoreError) { try drain.handle(events[0], on: &reactor) } catch { failure = error }
    }
    #expect(failure?.operation == "epoll_ctl_mod")
    #expect(drain.isDrained == true)
    #expect(reactor.count == 0)
    #expect(drain.takeOutput().standardOutput.count == 100)
  }

  @Test func `an event of somebody else is ignored`() throws {
    var reactor = try Reactor()
    let mine = try Pipe()
    let foreign = try Pipe()
    let token = try reactor.register(foreign.readEnd, for: .reading)
    var drain = DrainState(standardOutput: mine.readEnd)
    try drain.register(with: &reactor)
    #expect(try !drain.handle(Event(token: token, rawFlags: EpollFlags.readable), on: &reactor))
    #expect(drain.isDrained == false)
    #expect(reactor.count == 2)
    drain.unregister(from: &reactor)
    #expect(reactor.count == 1)
  }

  @Test func `the input arrives whole and is closed after its last byte`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe()
    let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var drain = DrainState(feeding: bytes, standardInput: pipe.writeEnd)
    try drain.register(with: &reactor)
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 10_000)
    var events: [Event] = []
    reading: while true {
      _ = try reactor.wait(into: &events, upTo: 8, for: .zero)
      for event in events { try drain.handle(event, on: &reactor) }
      switch try pipe.readEnd.read(into: &buffer) {
      case .bytes(let count): received += buffer[..<count]
      // A child of another test may hold a copy of a pipe until it executes its program.
      case .wouldBlock: try #require(try waitUntil(.reading, on: pipe.readEnd))
      case .end: break reading
      }
    }
    #expect(received == bytes)
    #expect(drain.isDrained == true)
  }

  @Test func `an empty input is closed at once`() throws {
    let pipe = try Pipe()
    let drain = DrainState(standardInput: pipe.writeEnd)
    var buffer = [UInt8](repeating: 0, count: 1)
    #expect(try waitUntil(.reading, on: pipe.readEnd))
    #expect(try pipe.readEnd.read(into: &buffer) == .end)
    #expect(drain.isDrained == true)
  }

  @Test func `an input that ends on request takes more until then`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe()
    let reader = pipe.readEnd
    var drain = DrainState(feeding: [1], inputEnd: .onRequest, standardInput: pipe.writeEnd)
    try drain.register(with: &reactor)
    var events: [Event] = []
    _ = try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20))
    for event in events { try drain.handle(event, on: &reactor) }
    var sent: [UInt8] = [1]
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    // What the pipe cannot hold waits, and goes on with the reactor's events.
    for byte in 2...20 as ClosedRange<UInt8> {
      let piece = [UInt8](repeating: byte, count: 10_000)
      #expect(try drain.feed(piece, on: &reactor))
      sent += piece
    }
    #expect(drain.pendingInputByteCount > 0)
    drain.finishInput(on: &reactor)
    #expect(try !drain.feed([99], on: &reactor), "its end was asked for")
    reading: while true {
      switch try reader.read(into: &buffer) {
      case .bytes(let count): received += buffer[..<count]
      case .wouldBlock: try #require(try waitUntil(.reading, on: reader))
      case .end: break reading
      }
      _ = try reactor.wait(into: &events, upTo: 8, for: .zero)
      for event in events { try drain.handle(event, on: &reactor) }
    }
    #expect(received == sent)
    #expect(drain.isDrained == true)
    #expect(reactor.count == 0)
  }

  @Test(.disabled(if: isSanitized, "the sanitizer keeps what is free"))
  func `an input that goes on and on takes no memory for what has been read`() async {
    await #expect(processExitsWith: .success) {
      var reactor = try Reactor()
      let pipe = try Pipe()
      let reader = pipe.readEnd
      var drain = DrainState(inputEnd: .onRequest, standardInput: pipe.writeEnd)
      try drain.register(with: &reactor)
      let piece = [UInt8](repeating: 7, count: 60_000)
      var buffer = piece
      let before = peakResidentBytes()
      for _ in 0..<1_000 {
        #expect(try drain.feed(piece, on: &reactor))
        #expect(drain.pendingInputByteCount == 0)
        #expect(try reader.read(into: &buffer) == .bytes(piece.count))
      }
      #expect(peakResidentBytes() - before < 20_000_000, "all of it is three times that")
      drain.unregister(from: &reactor)
    }
  }

  @Test func `an open input notices that its reader has left, also when nothing waits`() throws {
    let pipe = try Pipe()
    try expectEnd(ofInput: pipe.writeEnd, whenClosing: pipe.readEnd)
  }

  @Test func `an open input notices that a socket's or a terminal's other side has left`() throws {
    let pair = try UnixSocket.makePair()
    try expectEnd(ofInput: pair.first, whenClosing: pair.second)
    let controller = try Fd(opening: "/dev/ptmx", for: .both, .nonBlocking)
    let terminal = try terminal(of: controller)
    try expectEnd(ofInput: controller, whenClosing: terminal)
  }

  /// Feeds `input`, which takes all, and closes the side that reads it.
  private func expectEnd(ofInput input: consuming Fd, whenClosing reader: consuming Fd) throws {
    var reactor = try Reactor()
    var drain = DrainState(inputEnd: .onRequest, standardInput: input)
    try drain.register(with: &reactor)
    #expect(try drain.feed([1, 2], on: &reactor))
    #expect(drain.pendingInputByteCount == 0)
    try reader.close()
    var events: [Event] = []
    _ = try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20))
    for event in events { try drain.handle(event, on: &reactor) }
    #expect(drain.isDrained == true)
    #expect(try !drain.feed([3], on: &reactor))
    #expect(reactor.count == 0)
  }

  @Test func `a reader that leaves is the normal end of the input`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe()
    var drain = DrainState(
      feeding: [UInt8](repeating: 1, count: 1 << 20), standardInput: pipe.writeEnd)
    try drain.register(with: &reactor)
    var events: [Event] = []
    _ = try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20))
    for event in events { try drain.handle(event, on: &reactor) }
    #expect(drain.isDrained == false)
    try pipe.readEnd.close()
    _ = try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20))
    for event in events { try drain.handle(event, on: &reactor) }
    #expect(drain.isDrained == true)
    #expect(reactor.count == 0)
  }

  /// The side of a new terminal that `controller`, of `/dev/ptmx`, controls.
  private func terminal(of controller: borrowing Fd) throws -> Fd {
    // TIOCSPTLCK and TIOCGPTN, which Swift cannot see: unlock the other side, and get its number.
    var value: Int32 = 0
    try #require(unsafe ioctl(controller.rawValue, 0x4004_5431, &value) == 0)
    try #require(unsafe ioctl(controller.rawValue, 0x8004_5430, &value) == 0)
    return try Fd(opening: RawString("/dev/pts/\(value)"), for: .both, .nonBlocking)
  }

  @Test func `a terminal that nobody has open any more ends the input`() throws {
    var reactor = try Reactor()
    let controller = try Fd(opening: "/dev/ptmx", for: .both, .nonBlocking)
    let terminal = try terminal(of: controller)
    var drain = DrainState(
      feeding: [UInt8](repeating: 120, count: 1 << 20), standardInput: controller)
    try drain.register(with: &reactor)
    var events: [Event] = []
    // Fills the terminal, which nobody reads.
    while try reactor.wait(into: &events, upTo: 8, for: .zero) > 0 {
      for event in events { try drain.handle(event, on: &reactor) }
    }
    #expect(drain.pendingInputByteCount > 0)
    try terminal.close()
    while !drain.isDrained {
      try #require(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) > 0)
      for event in events { try drain.handle(event, on: &reactor) }
    }
    #expect(reactor.count == 0)
  }

  @Test func `a terminal ends when its last user has closed it`() throws {
    var reactor = try Reactor()
    let controller = try Fd(opening: "/dev/ptmx", for: .both, .nonBlocking)
    let terminal = try terminal(of: controller)
    _ = try terminal.write(Array("from a terminal".utf8))
    var drain = DrainState(standardOutput: controller)
    try drain.register(with: &reactor)
    try terminal.close()
    var events: [Event] = []
    while !drain.isDrained {
      guard try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) > 0 else {
        break
      }
      for event in events { try drain.handle(event, on: &reactor) }
    }
    #expect(drain.isDrained == true)
    #expect(reactor.count == 0)
    #expect(drain.takeOutput().standardOutput == Array("from a terminal".utf8))
  }

  @Test(arguments: [true, false])
  func `finishing reads what is there, and tells whether somebody still held a pipe`(
    isHeld: Bool
  ) throws {
    var reactor = try Reactor()
    let output = try Pipe()
    let error = try Pipe()
    let (writer, errorWriter) = (output.writeEnd.release(), error.writeEnd.release())
    _ = unsafe write(writer, "out", 3)
    _ = unsafe write(errorWriter, "error", 5)
    close(errorWriter)
    if !isHeld { close(writer) }
    var drain = DrainState(standardOutput: output.readEnd, standardError: error.readEnd)
    try drain.register(with: &reactor)
    var events: [Event] = []
    var ended: Set<Token> = []
    while ended.count < (isHeld ? 1 : 2) {
      try #require(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) > 0)
      ended.formUnion(events.filter(\.isHangup).map(\.token))
    }
    #expect(try drain.finish(on: &reactor) == isHeld)
    #expect(drain.isDrained == true)
    #expect(reactor.count == 0)
    let result = drain.takeOutput()
    #expect(text(result.standardOutput) == "out" && text(result.standardError) == "error")
    if isHeld { close(writer) }
  }

  @Test func `a blocking pipe is refused, and then none is registered`() throws {
    var reactor = try Reactor()
    let output = try Pipe()
    let error = try Pipe(readEnd: .blocking)
    let expected = CoreError(
      operation: "epoll_ctl_add", code: .invalidArgument,
      subject: .descriptor(error.readEnd.rawValue))
    var drain = DrainState(standardOutput: output.readEnd, standardError: error.readEnd)
    #expect(throws: expected) { try drain.register(with: &reactor) }
    #expect(reactor.count == 0)
    #expect(drain.isDrained == false)
  }

  @Test func `a failing pipe is closed once, and its error is told once`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe()
    // The write end cannot be read: EBADF on the first turn.
    var drain = DrainState(standardOutput: pipe.writeEnd)
    try drain.register(with: &reactor)
    let number = pipe.readEnd.rawValue
    var events: [Event] = []
    try Fd(adopting: pipe.readEnd.release()).close()
    _ = try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20))
    let event = try #require(events.first)
    let error = #expect(throws: CoreError.self) { try drain.handle(event, on: &reactor) }
    #expect(error?.code == .badDescriptor)
    #expect(error?.operation == "read")
    #expect(drain.isDrained == true)
    #expect(reactor.count == 0)
    #expect(try !drain.handle(event, on: &reactor), "descriptor \(number)")
  }
}
