internal import CoreShift

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
  @inline(__always)
  func note(_ event: Event) {
    // SAFETY: see above.
    switch self {
    case .descriptor(let state): state.it.note(event)
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
