/// Everything that a new process is made of.
///
/// ``spawn()`` starts it and gives back raw parts; ``RunningProcess`` does the same and drains its
/// pipes on a reactor. What an option does not say costs no system call.
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
    /// An existing one of the same session; whoever made it ends it.
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
    /// The child closes them all (`close_range`), also those that other OS threads open meanwhile.
    case everythingElse
    /// Those from this number on close; below it, those that are close-on-exec. A negative number
    /// is EINVAL.
    case from(Int32)
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
  /// Where the child starts, which must be open to the user it runs as; nil means where the parent
  /// is.
  public var workingDirectory: RawString?
  /// A directory of the parent's, by its descriptor, in which the child starts, or from which
  /// ``workingDirectory`` starts if it is relative.
  ///
  /// It must be open until the spawn returns, and may be open for its path alone (`O_PATH`).
  public var workingDirectoryDescriptor: Int32?
  /// The child's descriptor 0.
  public var standardInput = StandardStream.inherit
  /// The child's descriptor 1.
  public var standardOutput = StandardStream.inherit
  /// The child's descriptor 2.
  public var standardError = StandardStream.inherit
  /// How large the new terminal is, if a stream is one.
  public var terminalSize = TerminalSize(rows: 24, columns: 80)
  /// Further descriptors of the child.
  public var descriptors: [DescriptorMapping] = []
  /// What happens to all other descriptors.
  public var closePolicy = ClosePolicy.everythingElse
  /// The process group; together with a session of its own it is EINVAL.
  public var processGroup = ProcessGroup.inherit
  /// The session.
  public var session = Session.inherit
  /// The child's descriptor that becomes the controlling terminal of its own session, and its
  /// group the foreground one, which Ctrl-C reaches (`TIOCSCTTY`).
  ///
  /// EINVAL without ``Session/own``, or for a number that no stream and no mapping gives it. The
  /// terminal must not control another session: that is EPERM.
  public var controllingTerminal: Int32?
  /// The user and the groups; nil keeps the parent's.
  public var identity: Identity?
  /// What the child may use, in any order, each resource once; a hard limit is raised only by a
  /// privileged parent, else EPERM (`prlimit64`).
  public var resourceLimits: [ResourceLimit] = []
  /// The permissions that the child's new files do not get (`umask`), at most `0o777`.
  public var fileMask: UInt32?
  /// The nice value, from -20, the most of the processor, to 19; below the parent's is EACCES for
  /// those without privileges (`setpriority`).
  public var niceness: Int32?
  /// Whether no exec of the child, and of its descendants, can gain privileges any more, by a
  /// set-user-ID file or otherwise (`PR_SET_NO_NEW_PRIVS`).
  public var forbidsNewPrivileges = false
  /// What the child is sent when the *OS thread* that spawns it ends, which may be long before its
  /// process does (`PR_SET_PDEATHSIG`).
  ///
  /// Spawn from a thread that lives as long as the program. The child can undo it, executing a
  /// set-user-ID file does, and the child's own children do not have it.
  public var parentDeathSignal: Signal?
  /// The directory of a control group (version 2), by its descriptor, in which the child begins.
  ///
  /// `CLONE_INTO_CGROUP`. Errors name `clone3` and the descriptor: EBADF for anything else,
  /// EACCES where the group may not be written, EBUSY for a group that has controllers for its
  /// sub-groups, EOPNOTSUPP for one that takes no processes, and ENOSYS where clone3 is filtered:
  /// clone cannot do it.
  ///
  /// In a group that is frozen (`cgroup.freeze`) the child does not come to its exec: the spawn,
  /// and with it the calling thread, which may drive an event loop, stands still until somebody
  /// else thaws the group or kills what is in it.
  public var controlGroup: Int32?
  /// Whether this process reads its 62 dispositions before the clone, and not the child behind it.
  ///
  /// Costs a third more processor time here, and suspends the calling thread for less: right
  /// where it has other children to see to.
  package var asksBeforehand = false
  /// Keeps the child's ends of its outputs' pipes in this process as well; see ``HeldOutputs``.
  package var holdsOutputsOpen = false
  /// A `/dev/null` that the caller keeps open, for whatever stream is that; else each spawn opens
  /// one.
  package var nullDevice: Int32?
  /// Forces the way for kernels without clone3.
  package var withoutClone3 = false
  /// Has ``spawn()`` not be suspended, and wait for nothing but the exec.
  package var isNotSuspended = false
  /// Makes a call of the child fail.
  package var childFault: ChildFault?

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
