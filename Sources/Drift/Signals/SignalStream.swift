public import CoreShift
internal import GreenThreads

/// Signals as something to wait for: `while true { let signal = try signals.next() }`.
///
/// From its making until its end these signals are blocked on the calling OS thread and arrive here
/// (signalfd) instead of interrupting anything. Make it before other OS threads exist: they inherit
/// the mask. Children start with nothing blocked.
public final class SignalStream {
  private let source: SignalDescriptor
  private let descriptor: Descriptor

  /// Takes these signals over.
  ///
  /// - Throws: `CoreError`, EINVAL for KILL, STOP or what is no signal.
  public init(_ signals: [Signal]) throws {
    source = try SignalDescriptor(signals)
    descriptor = try Descriptor(watching: source.descriptor.rawValue)
  }

  deinit {
    descriptor.close()
  }

  /// The next signal, waiting until there is one.
  ///
  /// Parks.
  ///
  /// - Throws: `Cancelled`; `ResourceBusy` when another green thread waits here already.
  public func next() throws -> SignalDelivery {
    try GreenThread.checkCancellation()
    while true {
      if let delivery = try source.take() { return delivery }
      try descriptor.waitForMoreToRead()
    }
  }
}
