import CoreShift
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// A child on a terminal of its own.
@Suite struct PseudoTerminalTests {
  /// A shell on a terminal that controls its session, where the backend can do that.
  private func spawn(_ script: String, _ way: SpawnWay) throws -> SpawnedProcess {
    var options = way.options(["/bin/sh", "-c", RawString(script)])
    options.standardInput = .terminal
    options.standardOutput = .terminal
    options.standardError = .terminal
    if way.backend != .posixSpawn {
      options.session = .own
      options.controllingTerminal = 0
    }
    return try options.spawn()
  }

  /// Everything up to the end, or up to a text.
  private func read(
    _ terminal: borrowing PseudoTerminal, until end: String? = nil
  ) throws -> String {
    try terminal.descriptor.setBlockingMode(.blocking)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case .bytes(let count) = try terminal.read(into: &buffer) {
      bytes += buffer[..<count]
      if let end, text(bytes).contains(end) { break }
    }
    return text(bytes)
  }

  private func terminal(of spawned: inout SpawnedProcess) throws -> PseudoTerminal {
    guard let terminal = spawned.terminal.take() else { throw NotAPipe() }
    return terminal
  }

  @Test(arguments: SpawnWay.all)
  func `all three streams are one terminal, and its end is an end`(way: SpawnWay) throws {
    var spawned = try spawn("test -t 0 && test -t 1 && test -t 2 && echo out; echo err >&2", way)
    let terminal = try terminal(of: &spawned)
    #expect(try read(terminal) == "out\r\nerr\r\n")
    #expect(try spawned.process.waitExit(for: .seconds(20))?.status == .exited(code: 0))
    // The end stays.
    #expect(try read(terminal) == "")
  }

  @Test(arguments: SpawnWay.all)
  func `both ends are above 2, close-on-exec, and this one is non-blocking`(way: SpawnWay) throws {
    var spawned = try spawn("ls /proc/$$/fd; read line", way)
    let terminal = try terminal(of: &spawned)
    let number = terminal.descriptor.rawValue
    #expect(number > 2)
    #expect(fcntl(number, F_GETFD) == FD_CLOEXEC)
    #expect(fcntl(number, F_GETFL) & O_NONBLOCK != 0)
    _ = try terminal.descriptor.write([10])
    let listed = try read(terminal).split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    // The shell has one of its own for the terminal it controls.
    #expect(Set(listed).isSuperset(of: [0, 1, 2]) && listed.count <= 4, "\(listed)")
  }

  @Test(arguments: SpawnWay.own)
  func `Ctrl-C reaches the child, and the window's size too`(way: SpawnWay) throws {
    var spawned = try spawn(
      "trap 'stty size' WINCH; trap 'exit 3' INT; stty size; while :; do sleep 0.02; done",
      way)
    let terminal = try terminal(of: &spawned)
    #expect(try read(terminal, until: "24 80").contains("24 80"))
    try terminal.setSize(TerminalSize(rows: 30, columns: 100))
    #expect(try terminal.size() == TerminalSize(rows: 30, columns: 100))
    #expect(try read(terminal, until: "30 100").contains("30 100"))
    _ = try terminal.descriptor.write([3])
    #expect(try spawned.process.waitExit(for: .seconds(20))?.status == .exited(code: 3))
  }

  @Test(arguments: SpawnWay.own)
  func `closing the terminal hangs up its session`(way: SpawnWay) throws {
    var spawned = try spawn("echo ready; exec sleep 30", way)
    let terminal = try terminal(of: &spawned)
    _ = try read(terminal, until: "ready")
    _ = consume terminal
    let exit = try spawned.process.waitExit(for: .seconds(20))
    #expect(exit?.status == .signalled(.hangUp, coreDumped: false))
  }
}
