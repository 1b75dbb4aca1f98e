/// How much of a resource a child may use.
public struct ResourceLimit: Hashable, Sendable {
  /// What is limited, by the kernel's number, which is the same on both processors.
  public struct Resource: RawRepresentable, Hashable, Sendable {
    /// The number, from 0 to 15.
    public let rawValue: Int32

    /// Takes any number; one that is no resource is EINVAL when the child is spawned.
    public init(rawValue: Int32) {
      self.rawValue = rawValue
    }

    /// `RLIMIT_CPU`: seconds of processor time; then SIGXCPU, and KILL at the hard limit.
    public static let processorSeconds = Resource(rawValue: 0)
    /// `RLIMIT_FSIZE`: bytes of the largest file it may write.
    public static let fileBytes = Resource(rawValue: 1)
    /// `RLIMIT_DATA`: bytes of its heap and its private writable mappings.
    public static let dataBytes = Resource(rawValue: 2)
    /// `RLIMIT_STACK`: bytes of its main thread's stack, and of its arguments, four times that.
    public static let stackBytes = Resource(rawValue: 3)
    /// `RLIMIT_CORE`: bytes of a core dump; 0 for none.
    public static let coreBytes = Resource(rawValue: 4)
    /// `RLIMIT_NPROC`: threads of its user, of all processes together.
    public static let userThreads = Resource(rawValue: 6)
    /// `RLIMIT_NOFILE`: one more than the highest descriptor it may have.
    public static let openFiles = Resource(rawValue: 7)
    /// `RLIMIT_MEMLOCK`: bytes that it may lock into memory.
    public static let lockedBytes = Resource(rawValue: 8)
    /// `RLIMIT_AS`: bytes of its address space.
    public static let addressSpaceBytes = Resource(rawValue: 9)
    /// `RLIMIT_SIGPENDING`: signals queued for its user.
    public static let pendingSignals = Resource(rawValue: 11)
    /// `RLIMIT_NICE`: 20 less the lowest nice value to which it may go.
    public static let niceRoom = Resource(rawValue: 13)
    /// `RLIMIT_RTPRIO`: the highest real-time priority.
    public static let realTimePriority = Resource(rawValue: 14)
  }

  /// The value that means no limit.
  public static let unlimited = UInt64.max

  /// What is limited.
  public var resource: Resource
  /// What holds, and what the child itself can raise up to the hard limit.
  public var soft: UInt64
  /// How far the soft limit can be raised, not below it (EINVAL); nil keeps the parent's.
  public var hard: UInt64?

  /// Limits a resource; in the unit of the resource.
  public init(_ resource: Resource, soft: UInt64, hard: UInt64? = nil) {
    self.resource = resource
    self.soft = soft
    self.hard = hard
  }
}
