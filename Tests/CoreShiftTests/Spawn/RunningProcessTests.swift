import CoreShift
import Testing

@Suite struct RunningProcessTests {
  @Test func `the plain loop runs a process without a green thread`() throws {
    var reactor = try Reactor()
    var options = SpawnOptions(["/bin/ls", "/proc/self"], backend: .posixSpawn)
    options.standardOutput = .pipe
    var running = try RunningProcess(spawning: options)
    try running.register(with: &reactor)
    var events: [Event] = []
    while !running.isDrained {
      _ = try reactor.wait(into: &events, upTo: 64, for: nil)
      for event in events { try running.handle(event, on: &reactor) }
    }
    running.unregister(from: &reactor)
    let output = running.takeOutput()
    #expect(text(output.standardOutput).contains("status\n"))
    #expect(reactor.count == 0)
  }

  @Test(arguments: SpawnWay.all)
  func `input, outputs and status come through`(way: SpawnWay) throws {
    var options = way.options(["/bin/sh", "-c", "cat; echo err >&2; exit 3"])
    options.standardInput = .pipe
    options.standardOutput = .pipe
    options.standardError = .pipe
    var policy = RunPolicy()
    policy.input = Array("hello".utf8)
    let output = try run(options, policy)
    #expect(text(output.standardOutput) == "hello")
    #expect(text(output.standardError) == "err\n")
    #expect(output.exit?.status == .exited(code: 3))
    #expect(!output.isTruncated && !output.isMatched)
    #expect(!output.hasTimedOut && !output.hasLingered)
  }

  @Test func `ten megabytes go in and come out at the same time`() throws {
    var options = SpawnOptions(["/bin/cat"], backend: .clone)
    options.standardInput = .pipe
    options.standardOutput = .pipe
    var policy = RunPolicy()
    policy.input = unsafe [UInt8](unsafeUninitializedCapacity: 10_000_000) { buffer, count in
      for index in 0..<10_000_000 { unsafe buffer[index] = UInt8(truncatingIfNeeded: index &* 131) }
      count = 10_000_000
    }
    policy.limits.byteLimit = 20_000_000
    let output = try run(options, policy)
    #expect(output.standardOutput == policy.input)
    #expect(!output.isTruncated)
  }

  @Test func `ten megabytes of errors before the first output block nobody`() throws {
    var policy = RunPolicy()
    policy.limits.byteLimit = 20_000_000
    let output = try run(shell("head -c 10000000 /dev/zero >&2; echo done"), policy)
    #expect(output.standardError.count == 10_000_000)
    #expect(text(output.standardOutput) == "done\n")
  }

  @Test func `output over the limit never blocks the child`() throws {
    var policy = RunPolicy()
    policy.limits.byteLimit = 1000
    let output = try run(
      shell("head -c 5000000 /dev/zero; head -c 5000000 /dev/zero >&2; exit 4"), policy)
    #expect(output.standardOutput.count + output.standardError.count == 1000)
    #expect(output.isTruncated)
    #expect(output.exit?.status == .exited(code: 4))
  }

  @Test func `a conversation feeds one line for each answer`() throws {
    var reactor = try Reactor()
    var policy = RunPolicy()
    policy.inputEnd = .onRequest
    var answers: [UInt8] = []
    policy.sink = { _, chunk in
      unsafe chunk.withUnsafeBufferPointer { unsafe answers.append(contentsOf: $0) }
      return .taken
    }
    var running = try RunningProcess(
      spawning: shell("while read line; do echo got $line; done; exit 4"), policy: policy)
    try running.register(with: &reactor)
    var events: [Event] = []
    var expected = ""
    for number in 1...3 {
      #expect(try running.feed(Array("\(number)\n".utf8), on: &reactor))
      expected += "got \(number)\n"
      while text(answers) != expected {
        guard try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) > 0 else {
          throw Overdue()
        }
        for event in events { try running.handle(event, on: &reactor) }
      }
    }
    try running.finishInput(on: &reactor)
    while try !running.pollCompletion(on: &reactor) {
      _ = try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20))
      for event in events { try running.handle(event, on: &reactor) }
    }
    #expect(running.exit?.status == .exited(code: 4))
    #expect(text(answers) == expected)
  }

  @Test func `a child that does not read its input ends normally`() throws {
    var policy = RunPolicy()
    policy.input = [UInt8](repeating: 7, count: 1 << 20)
    let output = try run(shell("exec <&-; echo fine"), policy)
    #expect(text(output.standardOutput) == "fine\n")
    #expect(output.exit?.status == .exited(code: 0))
  }

  @Test func `standard error can be merged in true order`() throws {
    var options = shell("for i in 1 2 3; do echo out$i; echo err$i >&2; done")
    options.standardError = .standardOutput
    let output = try run(options)
    #expect(text(output.standardOutput) == "out1\nerr1\nout2\nerr2\nout3\nerr3\n")
    #expect(output.standardError.isEmpty)
  }

  @Test func `a match closes the output and can end the process`() throws {
    var policy = RunPolicy()
    policy.match = .text("ready")
    policy.onMatch = .gracefulEnd
    let output = try run(shell("printf rea; sleep 0.05; echo dy; sleep 30"), policy)
    #expect(output.isMatched)
    #expect(text(output.standardOutput).hasPrefix("ready"))
    #expect(output.exit?.status == .signalled(.terminate, coreDumped: false))
    #expect(!output.hasTimedOut)
  }

  @Test func `a match alone lets the process go on`() throws {
    var policy = RunPolicy()
    policy.match = .text("ready")
    let output = try run(shell("echo ready; exec >&-; echo more >&2; exit 5"), policy)
    #expect(output.isMatched)
    #expect(text(output.standardError) == "more\n")
    #expect(output.exit?.status == .exited(code: 5))
  }

  @Test func `too much output can end the process, and what was kept comes back`() throws {
    var policy = RunPolicy()
    policy.limits.byteLimit = 1000
    policy.onOverflow = .kill
    let output = try run(shell("exec yes"), policy)
    #expect(text(output.standardOutput) == String(repeating: "y\n", count: 500))
    #expect(output.isTruncated)
    #expect(output.exit?.status == .signalled(.kill, coreDumped: false))
  }
}
