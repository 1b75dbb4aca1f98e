/// A value that a ``select(_:)-(SelectBranch<Outcome>...)`` may send, and that stays here if it
/// does not.
///
/// For values that cannot be copied: what a branch that was not taken would have sent is not lost.
@safe
public final class Offer<Element: ~Copyable> {
  // SAFETY: initialised from `init` to `deinit`. While a select waits with it a receiver may empty
  // it, which then uses up the ticket of that select.
  private let slot: UnsafeMutablePointer<Element?>
  /// In how many branches of the select that waits it stands.
  private var branches = 0
  /// The ticket of that select.
  private var ticket: WakeTicket?

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
    branches == 0 ? unsafe slot.pointee.take() : nil
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

  /// What a second select gets while one waits with it; nil while none does.
  var refusal: ResourceBusy? {
    ticket.map { ResourceBusy("an offer", holder: "green thread \($0.holder)") }
  }

  /// - Throws: ``ResourceBusy`` while another select waits with it.
  func beginSelect(_ ticket: WakeTicket) throws -> UnsafeMutableRawPointer {
    if let refusal, self.ticket != ticket { throw refusal }
    self.ticket = ticket
    branches += 1
    return unsafe UnsafeMutableRawPointer(slot)
  }

  func endSelect() {
    branches -= 1
    if branches == 0 { ticket = nil }
  }
}

@available(*, unavailable, message: "an offer stays on its scheduler's OS thread")
extension Offer: Sendable {}
