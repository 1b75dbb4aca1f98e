/// A signal that arrived, and who sent it.
public struct SignalDelivery: Hashable, Sendable {
  /// Which one.
  public let signal: Signal
  /// The process that sent it, or the child that ``Signal/child`` is about; 0 for the kernel, and
  /// for a sender outside this pid namespace.
  public let senderPid: Int32
  /// Whether the kernel sent it by itself: a terminal's Ctrl-C or hang-up, an alarm, the end of a
  /// child.
  ///
  /// False for what a process has sent, also from outside this pid namespace.
  public let isFromKernel: Bool
  /// The real user of the sender.
  public let senderUid: UInt32
  /// With ``Signal/child``, how the child ended; nil if it has not, or somebody just sent it.
  ///
  /// Several children that end together can be one signal: reap each by its own pidfd.
  public let childStatus: ExitStatus?
  /// What `sigqueue` sent along; else 0.
  public let value: Int32
}
