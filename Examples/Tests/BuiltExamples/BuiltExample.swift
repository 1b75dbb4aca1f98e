public import Drift

/// An example that was built beside these tests.
public struct BuiltExample {
  /// What went wrong with it, in one line for a person.
  public struct Failure: Error, CustomStringConvertible {
    /// What a person is told.
    public let description: String
  }

  private let child: ChildProcess

  /// Where the built products lie, with a slash behind it.
  private static let directory: String = {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
    let path = bundle ?? CommandLine.arguments[0]
    return String(path[...(path.lastIndex(of: "/") ?? path.startIndex)])
  }()

  /// The command that runs it.
  public static func command(_ name: String, _ arguments: [String]) -> Command {
    var command = Command(
      RawString(directory + name), arguments: arguments.map { RawString($0) })
    command.timeout = .seconds(60)
    return command
  }

  /// Runs it on a scheduler of its own while `body` does; then it must end on TERM, with success.
  ///
  /// Parks nowhere outside: to be called off green threads.
  public static func run(
    _ name: String, _ arguments: [String], _ body: (BuiltExample) throws -> Void
  ) throws {
    try Drift.run {
      var command = command(name, arguments)
      command.standardError = .inherit
      let example = BuiltExample(child: try command.start())
      defer { example.child.kill() }
      try withTimeout(.seconds(60)) { try body(example) }
      example.child.requestEnd()
      let status = try example.child.wait(within: .seconds(20)).status
      guard status == .exited(code: 0) else { throw Failure(description: "\(name) \(status)") }
    }
  }

  /// The next line that it prints.
  ///
  /// Parks.
  public func line() throws -> String {
    guard let line = try child.standardOutput.readLine() else {
      throw Failure(description: "its output has ended")
    }
    return line
  }

  /// The port at the end of the next line that it prints.
  ///
  /// Parks.
  public func port() throws -> UInt16 {
    let line = try line()
    guard let port = line.split(separator: ":").last.flatMap({ UInt16($0) }) else {
      throw Failure(description: "no port in \(line)")
    }
    return port
  }
}

/// Whether a program is there to be run.
public func isInstalled(_ program: String) -> Bool {
  (try? Command(RawString(program)).resolved()) != nil
}
