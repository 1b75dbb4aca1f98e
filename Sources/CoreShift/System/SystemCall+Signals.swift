import CCoreShift

extension SystemCall {
  /// A signalfd, after blocking `set` in this OS thread; and those that were not blocked before.
  static func signalDescriptor(_ set: UInt64) -> (result: Int32, blocked: UInt64) {
    var blocked: UInt64 = 0
    let result = unsafe ccoreshift_signals_open(set, &blocked)
    return (result, blocked)
  }

  @discardableResult
  static func unblockSignals(_ set: UInt64) -> Int32 { ccoreshift_signals_unblock(set) }

  static func takeSignal(_ descriptor: Int32) -> (result: Int32, delivery: SignalDelivery) {
    var taken = ccoreshift_signal()
    let result = unsafe ccoreshift_signals_take(descriptor, &taken)
    return (result, SignalDelivery(taken))
  }

  static func threadIdentifier() -> Int32 { ccoreshift_thread_identifier() }

  static func raise(_ signal: Int32) { _ = ccoreshift_signals_raise(signal) }

  static func endProcess(by signal: Int32) -> Never { ccoreshift_end_by_signal(signal) }
}

extension SignalDelivery {
  fileprivate init(_ taken: ccoreshift_signal) {
    let signal = Signal(rawValue: taken.number)
    // No process may claim a positive code for what it sends to another.
    self.init(
      signal: signal, senderPid: taken.pid, isFromKernel: taken.code > 0, senderUid: taken.uid,
      childStatus: signal == .child ? SignalDelivery.childStatus(taken) : nil, value: taken.value)
  }

  private static func childStatus(_ taken: ccoreshift_signal) -> ExitStatus? {
    // CLD_EXITED is 1, CLD_KILLED 2, CLD_DUMPED 3; above them the child has not ended, and what
    // is not positive was sent by somebody.
    switch taken.code {
    case 1: .exited(code: taken.status)
    case 2, 3: .signalled(Signal(rawValue: taken.status), coreDumped: taken.code == 3)
    default: nil
    }
  }
}
