import CoreShift
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// A terminal as what a running process reads and writes.
@Suite struct RunningProcessTerminalTests {
  /// A shell on a terminal that controls its session, where the backend can do that.
  private func terminalShell(_ script: String, _ way: SpawnWay = SpawnWay.all[0]) -> SpawnOptions {
    var options = way.options(["/bin/sh", "-c", RawString(script)])
    options.standardInput = .terminal
    options.standardOutput = .terminal
    options.standardError = .terminal
    if way.backend != .posixSpawn {
      options.session = .own
      options.controllingTerminal = 0
    }
    return options
  }

  @Test(arguments: SpawnWay.all)
  func `a terminal is drained to its end, and the status is known`(way: SpawnWay) throws {
    let output = try run(
      terminalShell("test -t 0 && test -t 1 && test -t 2 && echo out; echo err >&2; exit 3", way))
    #expect(text(output.standardOutput) == "out\r\nerr\r\n")
    #expect(output.standardError.isEmpty)
    #expect(output.exit?.status == .exited(code: 3))
    #expect(!output.hasLingered && !output.hasTimedOut)
  }

  @Test func `a megabyte comes through a terminal whole`() throws {
    let output = try run(terminalShell("stty -opost; seq 150000"))
    let expected = (1...150_000).map { "\($0)\n" }.joined()
    #expect(text(output.standardOutput) == expected)
    #expect(!output.isTruncated)
  }

  @Test func `the input is typed, and ends with what a terminal takes for its end`() throws {
    var policy = RunPolicy()
    policy.input = Array("hello\n\u{4}".utf8)
    let output = try run(terminalShell("cat; echo end"), policy)
    // Once as the terminal's echo, and once from the child.
    #expect(text(output.standardOutput) == "hello\r\nhello\r\nend\r\n")
    #expect(output.exit?.status == .exited(code: 0))
  }

  @Test func `an input on request ends with the process`() throws {
    var policy = RunPolicy()
    policy.inputEnd = .onRequest
    policy.input = Array("one\n".utf8)
    let output = try run(terminalShell("stty -echo; echo ready; read l; echo \"got $l\""), policy)
    #expect(text(output.standardOutput).hasSuffix("got one\r\n"))
    #expect(output.exit?.status == .exited(code: 0))
    #expect(!output.hasLingered)
  }

  @Test func `a child that reads nothing ends normally, whatever waits to be typed`() throws {
    var policy = RunPolicy()
    policy.input = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
    let output = try run(terminalShell("stty -echo -icanon; exit 5"), policy)
    #expect(output.exit?.status == .exited(code: 5))
  }

  @Test func `the window's size is set while it runs, and the child learns of it`() throws {
    var reactor = try Reactor()
    var options = terminalShell(
      "trap 'stty size' WINCH; trap 'exit 3' INT; stty size; while :; do sleep 0.02; done")
    options.terminalSize = TerminalSize(rows: 10, columns: 20)
    var seen: [UInt8] = []
    var policy = RunPolicy()
    policy.inputEnd = .onRequest
    policy.sink = { _, chunk in
      for index in chunk.indices { seen.append(chunk[index]) }
      return .taken
    }
    var running = try RunningProcess(spawning: options, policy: policy)
    try running.register(with: &reactor)
    #expect(try running.terminalSize() == TerminalSize(rows: 10, columns: 20))
    var events: [Event] = []
    var step = 0
    let start = ContinuousClock.now
    while try !running.pollCompletion(on: &reactor), start.duration(to: .now) < .seconds(20) {
      _ = try reactor.wait(into: &events, upTo: 8, for: .seconds(1))
      for event in events { try running.handle(event, on: &reactor) }
      if step == 0, text(seen).contains("10 20\r\n") {
        step = 1
        try running.setTerminalSize(TerminalSize(rows: 30, columns: 100))
        #expect(try running.terminalSize() == TerminalSize(rows: 30, columns: 100))
      } else if step == 1, text(seen).contains("30 100\r\n") {
        step = 2
        try running.feed([3], on: &reactor)
      }
    }
    #expect(step == 2)
    #expect(running.exit?.status == .exited(code: 3))
    #expect(reactor.count == 0)
    let gone = errorThrown { try running.setTerminalSize(TerminalSize(rows: 1, columns: 1)) }
    #expect((gone as? CoreError)?.code == .badDescriptor)
  }

  @Test func `without a terminal there is no size`() throws {
    let running = try RunningProcess(spawning: shell("exit 0"))
    let error = errorThrown { _ = try running.terminalSize() } as? CoreError
    #expect(error?.code == .badDescriptor && error?.operation == "ioctl")
  }

  @Test func `a match hangs the terminal up, with its input`() throws {
    var policy = RunPolicy()
    policy.match = .text("ready")
    policy.inputEnd = .onRequest
    let output = try run(terminalShell("echo ready; exec sleep 60"), policy)
    #expect(output.isMatched)
    #expect(output.exit?.status == .signalled(.hangUp, coreDumped: false))
  }

  @Test func `a descendant that holds the terminal is left after the linger`() throws {
    var options = terminalShell("echo out; sleep 60 & exit 0")
    options.session = .inherit
    options.controllingTerminal = nil
    options.processGroup = .own
    var policy = RunPolicy()
    policy.inputEnd = .onRequest
    let output = try run(options, policy)
    #expect(text(output.standardOutput) == "out\r\n")
    #expect(output.hasLingered)
    #expect(output.exit?.status == .exited(code: 0))
  }

  @Test func `it takes the place of the output that it is`() throws {
    var options = terminalShell("echo out; echo err >&2; test -t 2 && exit 4")
    options.standardOutput = .pipe
    options.standardInput = .pipe
    var output = try run(options.withoutTerminalControl)
    #expect(text(output.standardOutput) == "out\n")
    #expect(text(output.standardError) == "err\r\n")
    #expect(output.exit?.status == .exited(code: 4))

    // Only read from, it is echoed to the output that is no pipe.
    options = terminalShell("read l; echo \"got $l\"")
    options.standardOutput = .pipe
    options.standardError = .null
    var policy = RunPolicy()
    policy.input = Array("line\n".utf8)
    output = try run(options, policy)
    #expect(text(output.standardOutput) == "got line\n")
    #expect(text(output.standardError) == "line\r\n")
  }

  @Test func `a terminal that nobody would read is EINVAL`() {
    var options = shell("exit 0")
    options.standardInput = .terminal
    let error = errorThrown { _ = try RunningProcess(spawning: options) } as? CoreError
    #expect(error?.operation == "spawn")
    #expect(error?.code == .invalidArgument)
    #expect(error?.subject == .argument("standardInput"))
  }

  @Test func `each call for a terminal that fails leaves nothing behind`() throws {
    try withOwnDescriptors {
      var policy = RunPolicy()
      policy.inputEnd = .onRequest
      let options = terminalShell("exec sleep 60")
      let outcomes = try failEachCall { () throws(CoreError) in
        _ = try RunningProcess(spawning: options, policy: policy)
      }
      #expect(outcomes.last??.operation == "fcntl_dupfd_cloexec")
      #expect(outcomes.contains { $0?.operation == "open" })
    }
  }
}

extension SpawnOptions {
  /// The same in the session of the parent.
  fileprivate var withoutTerminalControl: SpawnOptions {
    var options = self
    options.session = .inherit
    options.controllingTerminal = nil
    return options
  }
}
