internal import Drift

/// One direction of a faulty stream: how far it has come, and what chance has in store for it.
struct FaultyDirection {
  private var numbers: SeededNumbers
  /// How many bytes have gone through.
  var moved = 0
  /// Who uses it at the moment, as the name for an error.
  var holder: String?
  private let longest: Int
  private let ending: FaultScript.Ending?

  init(seed: UInt64, longest: Int, ending: FaultScript.Ending?) {
    numbers = SeededNumbers(seed: seed)
    self.longest = longest
    self.ending = ending
  }

  /// Takes the direction; whoever has it gives it up by setting `holder` to nil.
  mutating func begin(_ what: String) throws {
    try GreenThread.checkCancellation()
    if let holder { throw ResourceBusy(what, holder: holder) }
    holder = "green thread \(GreenThread.current.id)"
  }

  /// What one call has to go through first.
  struct Trouble {
    let yields: Int
    let delay: Duration
  }

  /// Draws it before anything waits, so that the draws do not depend on who comes meanwhile.
  mutating func drawTrouble(_ script: FaultScript) -> Trouble {
    let yields = script.mostYields == 0 ? 0 : Int.random(in: 0...script.mostYields, using: &numbers)
    if script.longestDelay == .zero { return Trouble(yields: yields, delay: .zero) }
    let sixteenths = Int.random(in: 0...16, using: &numbers)
    return Trouble(yields: yields, delay: script.longestDelay * sixteenths / 16)
  }

  /// How many bytes are left before the end that the script wants.
  private var remaining: Int {
    switch ending {
    case .reset(let bytes)?, .end(let bytes)?: max(0, bytes - moved)
    case nil: .max
    }
  }

  /// The end that the script wants here, once it has come.
  var dueEnding: FaultScript.Ending? { remaining == 0 ? ending : nil }

  /// How many of `count` bytes may go through now, at least one.
  mutating func allowance(of count: Int) -> Int {
    let drawn = longest == .max ? count : Int.random(in: 1...longest, using: &numbers)
    return min(count, drawn, remaining)
  }
}
