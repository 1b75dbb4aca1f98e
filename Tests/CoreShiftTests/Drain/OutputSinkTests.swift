import CoreShift
import Testing

/// What a sink was given, and when it pauses.
private final class Recorder {
  var chunks: [(stream: DrainedStream, bytes: [UInt8])] = []
  var offers = 0
  var pausesLeft: Int
  private var pending: [UInt8]?

  init(pausing pausesLeft: Int = 0) {
    self.pausesLeft = pausesLeft
  }

  func take(_ stream: DrainedStream, _ chunk: Span<UInt8>) -> SinkAnswer {
    offers += 1
    let bytes = unsafe chunk.withUnsafeBufferPointer { unsafe Array($0) }
    if let pending { #expect(pending == bytes, "the held chunk comes again as it was") }
    guard pausesLeft == 0 else {
      pausesLeft -= 1
      pending = bytes
      return .pause
    }
    pending = nil
    chunks.append((stream, bytes))
    return .taken
  }

  func bytes(of stream: DrainedStream) -> [UInt8] {
    chunks.filter { $0.stream == stream }.flatMap(\.bytes)
  }
}

@Suite struct OutputSinkTests {
  private func turn(
    _ drain: inout DrainState, _ reactor: inout Reactor, waiting: Duration = .zero
  ) throws {
    var events: [Event] = []
    _ = try reactor.wait(into: &events, upTo: 8, for: waiting)
    for event in events { try drain.handle(event, on: &reactor) }
  }

  @Test func `chunks come in order, with the name of their stream, and nothing is kept`() throws {
    var reactor = try Reactor()
    let output = try Pipe()
    let error = try Pipe()
    let recorder = Recorder()
    var drain = DrainState(
      standardOutput: output.readEnd, standardError: error.readEnd,
      limits: DrainLimits(byteLimit: 0), into: recorder.take)
    try drain.register(with: &reactor)
    for round in 0..<10 as Range<UInt8> {
      _ = try output.writeEnd.write([round, 1])
      try turn(&drain, &reactor, waiting: .seconds(20))
      _ = try error.writeEnd.write([round, 2])
      try turn(&drain, &reactor, waiting: .seconds(20))
    }
    #expect(recorder.bytes(of: .standardOutput) == (0..<10).flatMap { [$0, 1] })
    #expect(recorder.bytes(of: .standardError) == (0..<10).flatMap { [$0, 2] })
    #expect(recorder.chunks.map(\.stream).prefix(2) == [.standardOutput, .standardError])
    #expect(drain.retainedByteCount == 0)
    #expect(drain.isTruncated == false)
    drain.unregister(from: &reactor)
  }

  @Test func `a pause holds the writer back, and resuming gives the same chunk again`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe()
    let writer = pipe.writeEnd
    let recorder = Recorder(pausing: 2)
    var drain = DrainState(standardOutput: pipe.readEnd, into: recorder.take)
    try drain.register(with: &reactor)
    #expect(try drain.resume(on: &reactor), "nothing is held")
    _ = try writer.write([1, 2, 3])
    try turn(&drain, &reactor, waiting: .seconds(20))
    #expect(drain.isPaused == true)
    var written = 3
    while case .bytes(let count) = try writer.write([UInt8](repeating: 9, count: 10_000)) {
      written += count
      try turn(&drain, &reactor)
      try #require(written < 10_000_000, "the pipe never fills: it is still read")
    }
    #expect(recorder.offers == 1 && recorder.chunks.isEmpty)
    #expect(try !drain.resume(on: &reactor))
    #expect(try drain.resume(on: &reactor))
    #expect(recorder.offers == 3)
    #expect(recorder.bytes(of: .standardOutput) == [1, 2, 3])
    try writer.close()
    var turns = 0
    while !drain.isDrained, turns < 1000 {
      turns += 1
      try turn(&drain, &reactor, waiting: .seconds(20))
    }
    #expect(recorder.bytes(of: .standardOutput).count == written)
    #expect(reactor.count == 0)
  }

  @Test func `fifty megabytes survive a thousand pauses`() throws {
    var generator = SystemRandomNumberGenerator()
    let block = (0..<99_991).map { _ in UInt8.random(in: 0...255, using: &generator) }
    var policy = RunPolicy()
    while policy.input.count < 50_000_000 { policy.input += block }
    var options = SpawnOptions(["/bin/cat"], backend: .clone)
    options.standardInput = .pipe
    options.standardOutput = .pipe
    var received: [UInt8] = []
    received.reserveCapacity(policy.input.count)
    var offers = 0
    policy.sink = { stream, chunk in
      offers += 1
      // Each chunk is refused twice, until there were enough of them.
      guard offers > 1500 || offers.isMultiple(of: 3) else { return .pause }
      unsafe chunk.withUnsafeBufferPointer { unsafe received.append(contentsOf: $0) }
      return .taken
    }
    var reactor = try Reactor()
    var running = try RunningProcess(spawning: options, policy: policy)
    try running.register(with: &reactor)
    var events: [Event] = []
    var pauses = 0
    while try !running.pollCompletion(on: &reactor) {
      while try !running.resume(on: &reactor) { pauses += 1 }
      _ = try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20))
      for event in events { try running.handle(event, on: &reactor) }
      if running.isPaused { pauses += 1 }
    }
    #expect(pauses == 1000)
    #expect(received == policy.input)
    #expect(running.exit?.status == .exited(code: 0))
    #expect(reactor.count == 0)
  }

  @Test func `a process that ended during a pause loses nothing, however long it lasts`() throws {
    let recorder = Recorder(pausing: 1)
    var policy = RunPolicy()
    policy.sink = recorder.take
    policy.pipeLinger = .milliseconds(5)
    var reactor = try Reactor()
    // A descendant holds the pipe, so only the linger can end it.
    let options = shell("echo first; sleep 0.05; echo second; sleep 30 & exit 3")
    var running = try RunningProcess(spawning: options, policy: policy)
    try running.register(with: &reactor)
    var events: [Event] = []
    while running.exit == nil {
      _ = try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20))
      for event in events { try running.handle(event, on: &reactor) }
      #expect(try !running.pollCompletion(on: &reactor))
    }
    #expect(running.isPaused == true)
    #expect(running.nextDeadline == nil)
    _ = try reactor.wait(into: &events, upTo: 8, for: .milliseconds(20))
    #expect(try !running.pollCompletion(on: &reactor))
    #expect(try running.resume(on: &reactor))
    while try !running.pollCompletion(on: &reactor) {
      _ = try reactor.wait(into: &events, upTo: 8, for: running.timeUntilDeadline)
      for event in events { try running.handle(event, on: &reactor) }
    }
    try running.send(.kill, to: .group)
    #expect(text(recorder.bytes(of: .standardOutput)) == "first\nsecond\n")
    #expect(running.hasLingered == true)
    #expect(running.exit?.status == .exited(code: 3))
  }

  @Test func `a match in a chunk that is held ends the output once it is taken`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe()
    let recorder = Recorder(pausing: 1)
    var drain = DrainState(
      standardOutput: pipe.readEnd, until: .text("stop"), into: recorder.take)
    try drain.register(with: &reactor)
    _ = try pipe.writeEnd.write(Array("go stop go".utf8))
    try turn(&drain, &reactor, waiting: .seconds(20))
    #expect(drain.isMatched == true)
    #expect(drain.isPaused == true)
    #expect(drain.isDrained == false)
    #expect(try drain.resume(on: &reactor))
    #expect(drain.isDrained == true)
    #expect(text(recorder.bytes(of: .standardOutput)) == "go stop go")
    #expect(reactor.count == 0)
  }

  @Test func `a pipe that cannot be armed again is closed, and the other one goes on`() throws {
    var reactor = try Reactor()
    let output = try Pipe()
    let error = try Pipe()
    let outputWriter = output.writeEnd
    let errorWriter = error.writeEnd
    let recorder = Recorder(pausing: 1)
    var drain = DrainState(
      standardOutput: output.readEnd, standardError: error.readEnd, into: recorder.take)
    try drain.register(with: &reactor)
    _ = try outputWriter.write([1])
    try turn(&drain, &reactor, waiting: .seconds(20))
    #expect(drain.isPaused == true)
    // Both edges are used up during the pause.
    _ = try outputWriter.write([2])
    _ = try errorWriter.write([3])
    try turn(&drain, &reactor)
    var failure: CoreError?
    Fault.inject(.outOfMemory, atCall: 1) {
      do throws(CoreError) { try drain.resume(on: &reactor) } catch { failure = error }
    }
    #expect(failure?.operation == "epoll_ctl_mod" && failure?.code == .outOfMemory)
    #expect(recorder.bytes(of: .standardOutput) == [1], "the sink has taken it all the same")
    #expect(drain.isPaused == false)
    // Nobody reads the output any more, and the error output is told of again.
    let write = Result { () throws(CoreError) in try outputWriter.write([4]) }
    #expect(throws: CoreError.self) { try write.get() }
    try turn(&drain, &reactor, waiting: .seconds(20))
    #expect(recorder.bytes(of: .standardError) == [3])
    try errorWriter.close()
    try turn(&drain, &reactor, waiting: .seconds(20))
    #expect(drain.isDrained == true)
    #expect(reactor.count == 0)
  }

  @Test func `so it is for a process, whose end is learned all the same`() throws {
    let recorder = Recorder(pausing: 1)
    var policy = RunPolicy()
    policy.sink = recorder.take
    policy.inputEnd = .onRequest
    var reactor = try Reactor()
    var running = try RunningProcess(spawning: shell("echo out; read line; exit 3"), policy: policy)
    try running.register(with: &reactor)
    var events: [Event] = []
    while !running.isPaused {
      try #require(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) > 0)
      for event in events { try running.handle(event, on: &reactor) }
    }
    var failure: CoreError?
    Fault.inject(.outOfMemory, atCall: 1) {
      do throws(CoreError) { try running.resume(on: &reactor) } catch { failure = error }
    }
    #expect(failure?.operation == "epoll_ctl_mod")
    try running.finishInput(on: &reactor)
    while try !running.pollCompletion(on: &reactor) {
      try #require(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) > 0)
      for event in events { try running.handle(event, on: &reactor) }
    }
    #expect(running.exit?.status == .exited(code: 3))
    #expect(text(recorder.bytes(of: .standardOutput)) == "out\n")
    #expect(reactor.count == 0)
  }
}
