/// A value that a ``select(_:)-(SelectBranch<Outcome>...)`` may send, and that stays here if it
/// does not.
///
/// For values that cannot be copied: what a branch that was not taken would have sent is not lost.
@safe
public final class Offer<Element: ~Copyable> {
  // SAFETY: initialised from `init` to `deinit`. While a select waits with it a receiver may empty
  // it, which then uses up the ticket of that select.
  private let slot: UnsafeMutablePointer<Element?>
  /// In how many branches of a select that waits it stands.
  private var selects = 0

  /// Offers `value`.
  public init(_ value: consuming Element) {
    unsafe slot = .allocate(capacity: 1)
    unsafe slot.initialize(to: value)
  }

  deinit {
    unsafe slot.deinitialize(count: 1)
    unsafe slot.deallocate()
  }

  /// Takes the value back.
  ///
  /// - Returns: nil when it has been sent or taken back, and while a select waits with it.
  public func take() -> Element? {
    selects == 0 ? unsafe slot.pointee.take() : nil
  }

  /// Whether the value is still here.
  public var hasValue: Bool {
    switch unsafe slot.pointee {
    case .none: false
    case .some: true
    }
  }

  func put(_ value: consuming Element) {
    unsafe slot.pointee = consume value
  }

  func beginSelect() -> UnsafeMutableRawPointer {
    selects += 1
    return unsafe UnsafeMutableRawPointer(slot)
  }

  func endSelect() {
    selects -= 1
  }
}

@available(*, unavailable, message: "an offer stays on its scheduler's OS thread")
extension Offer: Sendable {}
