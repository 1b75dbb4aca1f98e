internal import CoreShift
internal import GreenThreads

/// What a reactor's token stands for: who is told of its events.
///
/// Unowned: a target takes itself out of the table before it goes. An enum and not a protocol, so
/// that an event costs a branch and counts no references.
@safe
enum ReadinessTarget {
  case descriptor(Cell<DescriptorState>)
  case process(Unmanaged<ExitWatch>)
  case signal(Unmanaged<SignalIntake>)

  /// Hands an event over, on the scheduler's loop; wakes who waits, and parks nobody.
  ///
  /// - Parameters:
  ///   - event: what has happened.
  ///   - isRecorded: whether it goes into an event trace.
  @inline(__always)
  func note(_ event: Event, isRecorded: Bool) {
    // SAFETY: see above.
    switch self {
    case .descriptor(let state):
      if isRecorded { EventTrace.note(event.words, Int64(state.it.number)) }
      state.it.note(event)
    case .process(let target): unsafe target._withUnsafeGuaranteedRef { $0.note(event) }
    case .signal(let target): unsafe target._withUnsafeGuaranteedRef { $0.note() }
    }
  }

  static func process(_ target: ExitWatch) -> ReadinessTarget {
    unsafe .process(Unmanaged.passUnretained(target))
  }

  static func signal(_ target: SignalIntake) -> ReadinessTarget {
    unsafe .signal(Unmanaged.passUnretained(target))
  }
}

extension Event {
  /// What an event trace calls it.
  fileprivate var words: StaticString {
    if isError { return "error of descriptor" }
    if isHangup { return "hang-up of descriptor" }
    if isReadable { return isWritable ? "readable and writable descriptor" : "readable descriptor" }
    return isWritable ? "writable descriptor" : "urgent descriptor"
  }
}
