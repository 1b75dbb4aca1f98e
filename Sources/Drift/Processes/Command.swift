public import CoreShift

/// A program to run, with its arguments and surroundings: a value to fill in and start.
///
/// No shell is involved. The program is searched on `PATH` unless its name has a slash. The child
/// leads a process group of its own, so that it can be ended with all its descendants, unless told
/// otherwise.
public struct Command: Sendable {
  /// The name to search on the child's `PATH`, or a path, which begins in the child's directory.
  public var program: RawString
  /// The arguments behind the program's own name.
  public var arguments: [RawString]
  /// The program's name as it sees it itself; `program` when nil.
  public var argumentZero: RawString?

  // MARK: - Its streams

  /// The child's standard input.
  public var standardInput = Input.null
  /// The child's standard output.
  public var standardOutput = Output.capture
  /// The child's standard error.
  public var standardError = Output.capture
  /// How much of its outputs is kept, together and of each, and which part of what is more.
  ///
  /// The child is never held back by a limit; ``onOverflow`` may end it.
  public var limits = DrainLimits()

  // MARK: - Its end

  /// How long the child may run, from its start; then comes ``onTimeout``.
  ///
  /// Nil: for ever. Minded by whoever collects the outputs: ``run(limit:)`` and the calls named
  /// `output`. Who starts a child and only reads or waits gives that call a time of its own
  /// (``ChildProcess/wait(within:)``, `withTimeout`), and ends the child by ``ChildProcess/end()``.
  public var timeout: Duration?
  /// What happens when its time is up.
  ///
  /// With `.none` whoever collects its outputs gets them so far, and the child runs on.
  public var onTimeout = Consequence.end
  /// What happens when its outputs pass a limit.
  public var onOverflow = Consequence.none
  /// How long after TERM a child that is being ended may still run before KILL.
  public var grace = Duration.seconds(2)
  /// How long, after the child's end, its output may still come from a descendant that holds the
  /// pipe open.
  public var linger = Duration.milliseconds(100)
  /// What happens to the rest of its process group once it has ended; only if it leads one.
  public var survivors = RunPolicy.SurvivorPolicy.letLive
  /// What happens to a child whose handle is dropped before it has ended.
  public var onDrop = DropPolicy.kill

  // MARK: - Its surroundings

  /// The environment; this process's unless told.
  public var environment = SpawnEnvironment.inherit
  /// Where the child starts; nil means where this process is.
  public var workingDirectory: RawString?
  /// A directory by its descriptor, in which the child starts, or from which a relative
  /// ``workingDirectory`` does; see `SpawnOptions`.
  public var workingDirectoryDescriptor: Int32?
  /// Further descriptors of the child.
  public var descriptors: [DescriptorMapping] = []
  /// What happens to all other descriptors.
  public var closePolicy = SpawnOptions.ClosePolicy.everythingElse
  /// The process group; `.inherit` for interactive programs, which Ctrl-C must reach.
  public var processGroup = SpawnOptions.ProcessGroup.own
  /// The session; the leader of a new one leads a group, too, whatever ``processGroup`` says.
  public var session = SpawnOptions.Session.inherit
  /// The user and the groups; nil keeps this process's.
  public var identity: SpawnOptions.Identity?
  /// What the child may use of each resource.
  public var resourceLimits: [ResourceLimit] = []
  /// The permissions that the child's new files do not get (`umask`), at most `0o777`.
  public var fileMask: UInt32?
  /// The nice value, from -20 to 19.
  public var niceness: Int32?
  /// Whether the child, and its descendants, can never gain privileges (`PR_SET_NO_NEW_PRIVS`).
  public var forbidsNewPrivileges = false
  /// What the child is sent when the OS thread of this scheduler ends (`PR_SET_PDEATHSIG`).
  public var parentDeathSignal: Signal?
  /// The directory of a control group (version 2), by its descriptor, in which the child begins.
  public var controlGroup: Int32?
  /// How the child is made.
  public var backend = SpawnBackend.preferred

  /// A program and its arguments: `Command("git", "status")`.
  public init(_ program: RawString, _ arguments: RawString...) {
    self.init(program, arguments: arguments)
  }

  /// A program and its arguments.
  public init(_ program: RawString, arguments: [RawString]) {
    self.program = program
    self.arguments = arguments
  }

  /// The same command with its program's path found, so that running it many times searches once.
  ///
  /// - Throws: `CoreError` of `search`: ENOENT when no directory of `PATH` has it, EACCES when one
  ///   has but it may not be executed, EINVAL for a name with a NUL in it.
  public func resolved() throws(CoreError) -> Command {
    var command = self
    command.program = try ProgramSearch.path(of: program, environment: environment)
    command.argumentZero = argumentZero ?? program
    return command
  }

  /// What happens to a child when something is up with it.
  public enum Consequence: Hashable, Sendable {
    /// Nothing: it is only flagged.
    case none
    /// TERM and CONT, then KILL after the grace; to its whole group if it leads one.
    case end
    /// KILL at once, to its whole group if it leads one.
    case kill
  }

  /// What happens to a child that nobody holds any more.
  ///
  /// Either way nothing parks, and it is reaped: by the event loop, whenever it ends. When `run`
  /// returns before that, a killed one is reaped at once.
  public enum DropPolicy: Hashable, Sendable {
    /// KILL, to its whole group if it leads one.
    case kill
    /// It runs on. One that outlives `run` outlives this program, or is its zombie until then.
    case detach
  }
}
