/// Everything that a new process is made of.
///
/// ``spawn()`` starts it and gives back raw parts; ``RunningProcess`` does the same and drains its
/// pipes on a reactor.
///
/// Every signal has its default disposition in the child and none is blocked, whatever holds in
/// the parent. Nothing is searched on `PATH`, and no shell is involved.
public struct SpawnOptions: Sendable {
  /// Which process group the child is in.
  public enum ProcessGroup: Hashable, Sendable {
    /// The parent's: it gets the terminal's signals.
    case inherit
    /// A new one that it leads, so that it can be signalled with all its descendants.
    case own
    /// An existing one of the same session.
    case join(Int32)
  }

  /// Which session the child is in.
  public enum Session: Hashable, Sendable {
    /// The parent's.
    case inherit
    /// A new one that it leads, without a terminal; that makes a new process group, too.
    case own
  }

  /// What happens to the descriptors that no stream and no mapping names.
  public enum ClosePolicy: Hashable, Sendable {
    /// The child closes them all (`close_range`).
    case everythingElse
    /// Those that are close-on-exec close; the others leak into the child, on purpose.
    case closeOnExecOnly
  }

  /// The way in which the child is made.
  public var backend: SpawnBackend
  /// The file to execute, from the child's working directory; nil means the first argument.
  public var executable: RawString?
  /// All arguments, the program's own name first; none at all is EINVAL.
  public var arguments: [RawString]
  /// The environment; this process's unless told.
  public var environment = SpawnEnvironment.inherit
  /// Where the child starts; nil means where the parent is.
  public var workingDirectory: RawString?
  /// The child's descriptor 0.
  public var standardInput = StandardStream.inherit
  /// The child's descriptor 1.
  public var standardOutput = StandardStream.inherit
  /// The child's descriptor 2.
  public var standardError = StandardStream.inherit
  /// Further descriptors of the child.
  public var descriptors: [DescriptorMapping] = []
  /// What happens to all other descriptors.
  public var closePolicy = ClosePolicy.everythingElse
  /// The process group; together with a session of its own it is EINVAL.
  public var processGroup = ProcessGroup.inherit
  /// The session.
  public var session = Session.inherit
  /// Forces the way for kernels without clone3.
  package var withoutClone3 = false

  /// Executes `arguments[0]`, a path, with these arguments.
  public init(_ arguments: [RawString], backend: SpawnBackend) {
    self.arguments = arguments
    self.backend = backend
  }

  /// Executes a file, with `arguments[0]` as what the program sees as its name.
  public init(executable: RawString, arguments: [RawString], backend: SpawnBackend) {
    self.executable = executable
    self.arguments = arguments
    self.backend = backend
  }

  /// Whether the child leads a process group, which can then be signalled as a whole.
  public var leadsGroup: Bool {
    session == .own || processGroup == .own
  }
}
