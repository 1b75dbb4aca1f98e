public import CoreShift

/// A program to run, with its arguments and surroundings: a value to fill in and start.
///
/// No shell is involved. The program is searched on `PATH` unless its name has a slash. The child
/// leads a process group of its own, so that it can be ended with all its descendants, unless told
/// otherwise.
public struct Command: Sendable {
  /// What a child's standard input is.
  public enum Input: Sendable {
    /// `/dev/null`: the end at once.
    case null
    /// This program's own.
    case inherit
    /// These bytes, and then the end. A child that ends without reading them all is fine.
    case bytes([UInt8])
    /// A copy of this descriptor, which stays the caller's and must be open whenever the command
    /// is started.
    case descriptor(Int32)
  }

  /// What becomes of a child's output that goes nowhere else.
  public enum Output: Sendable {
    /// Collected, within the limit of the call that runs the command.
    case capture
    /// This program's own.
    case inherit
    /// `/dev/null`.
    case null
  }

  /// The name to search on `PATH`, or a path.
  public var program: RawString
  /// The arguments behind the program's own name.
  public var arguments: [RawString]
  /// The program's name as it sees it itself; `program` when nil.
  public var argumentZero: RawString?
  /// The environment; this process's unless told.
  public var environment = SpawnEnvironment.inherit
  /// Where the child starts; nil means where this process is.
  public var workingDirectory: RawString?
  /// The child's standard input.
  public var standardInput = Input.null
  /// The child's standard output.
  public var standardOutput = Output.capture
  /// The child's standard error.
  public var standardError = Output.capture
  /// The process group; `.inherit` for interactive programs, which Ctrl-C must reach.
  public var processGroup = SpawnOptions.ProcessGroup.own
  /// How long the child may run, from its start; then it is ended gracefully.
  ///
  /// Nil: for ever.
  public var timeout: Duration?
  /// How long after TERM a child that is being ended may still run before KILL.
  public var grace = Duration.seconds(2)
  /// How long, after the child's end, its output may still come from a descendant that holds the
  /// pipe open.
  public var linger = Duration.milliseconds(100)
  /// How the child is made.
  public var backend = SpawnBackend.preferred

  /// A program and its arguments: `Command("git", "status")`.
  public init(_ program: RawString, _ arguments: RawString...) {
    self.program = program
    self.arguments = arguments
  }

  /// A program and its arguments.
  public init(_ program: RawString, arguments: [RawString]) {
    self.program = program
    self.arguments = arguments
  }

  /// The same command with its program's path found, so that running it many times searches once.
  ///
  /// - Throws: `CoreError` of `search`: ENOENT when no directory of `PATH` has it, EACCES when one
  ///   has but it may not be executed.
  public func resolved() throws(CoreError) -> Command {
    var command = self
    command.program = try ProgramSearch.path(of: program, environment: environment)
    command.argumentZero = argumentZero ?? program
    return command
  }

  /// What CoreShift needs to know.
  func spawnOptions() throws(CoreError) -> SpawnOptions {
    let path = try ProgramSearch.path(of: program, environment: environment)
    var options = SpawnOptions(
      executable: path, arguments: [argumentZero ?? program] + arguments, backend: backend)
    options.environment = environment
    options.workingDirectory = workingDirectory
    options.processGroup = processGroup
    switch standardInput {
    case .null: options.standardInput = .null
    case .inherit: options.standardInput = .inherit
    case .bytes: options.standardInput = .pipe
    case .descriptor(let number): options.standardInput = .descriptor(number)
    }
    options.standardOutput = standardOutput.stream
    options.standardError = standardError.stream
    return options
  }
}

extension Command.Output {
  fileprivate var stream: StandardStream {
    switch self {
    case .capture: .pipe
    case .inherit: .inherit
    case .null: .null
    }
  }
}
