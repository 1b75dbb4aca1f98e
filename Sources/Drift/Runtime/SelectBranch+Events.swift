public import CoreShift
public import GreenThreads

// What waits outside the scheduler, as branches of a select. Each source is asked of the kernel
// whether it is ready, so that nothing depends on which edges somebody has seen before.

extension SelectBranch {
  /// Taken when a read would not park: there is something, or the end, or an error to be told.
  ///
  /// - Parameters:
  ///   - descriptor: nothing is read from it by the select; the select throws `ResourceBusy` while
  ///     another green thread waits to read it.
  ///   - body: what follows; also when `descriptor` has been closed, which its call then tells.
  /// - Returns: the branch.
  public static func readable(
    _ descriptor: Descriptor, _ body: @escaping () throws -> Outcome
  ) -> Self {
    Self(DescriptorSource(descriptor, .reading), body)
  }

  /// Taken when a write of some bytes would not park; see ``readable(_:_:)-(Descriptor,_)``.
  ///
  /// - Parameters:
  ///   - descriptor: nothing is written to it by the select.
  ///   - body: what follows.
  /// - Returns: the branch.
  public static func writable(
    _ descriptor: Descriptor, _ body: @escaping () throws -> Outcome
  ) -> Self {
    Self(DescriptorSource(descriptor, .writing), body)
  }

  /// Taken when a child process has ended.
  ///
  /// - Parameters:
  ///   - child: any number of branches and green threads may wait for one.
  ///   - body: gets how it ended.
  /// - Returns: the branch.
  public static func exit(
    of child: ChildProcess, _ body: @escaping (ExitReport) throws -> Outcome
  ) -> Self {
    // Once it has ended `wait` only answers.
    Self(ExitSource(child.watch)) { try body(child.wait()) }
  }

  /// Taken when a signal has come.
  ///
  /// The select throws `CoreError` when it takes this branch because the kernel could not be asked,
  /// and `ResourceBusy` while another green thread waits for the stream's next signal.
  ///
  /// - Parameters:
  ///   - signals: from which one is taken only if the branch is.
  ///   - body: gets it; nil when the stream is closed.
  /// - Returns: the branch.
  public static func signal(
    from signals: SignalStream, _ body: @escaping (SignalDelivery?) throws -> Outcome
  ) -> Self {
    let source = SignalSource(signals)
    return Self(source) { try body(source.take()) }
  }
}

private final class DescriptorSource: SelectSource {
  private let descriptor: Descriptor
  private let interest: Interest
  private var ticket: WakeTicket?

  init(_ descriptor: Descriptor, _ interest: Interest) {
    self.descriptor = descriptor
    self.interest = interest
  }

  var isReady: Bool { descriptor.isReady(interest) }

  func enlist(_ ticket: WakeTicket) throws {
    requireNoSelect(holding: self.ticket)
    try descriptor.enlist(ticket, interest)
    self.ticket = ticket
  }

  /// An edge hands nothing over: the kernel is asked again.
  func withdraw() -> Bool {
    if let ticket { descriptor.withdraw(ticket, interest) }
    ticket = nil
    return false
  }
}

private final class ExitSource: SelectSource {
  private let watch: ExitWatch
  private var ticket: WakeTicket?

  init(_ watch: ExitWatch) {
    self.watch = watch
  }

  var isReady: Bool { watch.report != nil }

  func enlist(_ ticket: WakeTicket) {
    requireNoSelect(holding: self.ticket)
    watch.enlist(ticket)
    self.ticket = ticket
  }

  func withdraw() -> Bool {
    if let ticket { watch.withdraw(ticket) }
    ticket = nil
    return false
  }
}

private final class SignalSource: SelectSource {
  private let signals: SignalStream
  private var ticket: WakeTicket?

  init(_ signals: SignalStream) {
    self.signals = signals
  }

  var isReady: Bool { signals.isClosed || signals.hasDelivery }

  /// Waits again where another scheduler has taken it since.
  func take() throws -> SignalDelivery? {
    if let delivery = try signals.take() { return delivery }
    return try signals.next()
  }

  func enlist(_ ticket: WakeTicket) throws {
    requireNoSelect(holding: self.ticket)
    try signals.enlist(ticket)
    self.ticket = ticket
  }

  func withdraw() -> Bool {
    if let ticket { signals.withdraw(ticket) }
    ticket = nil
    return false
  }
}
