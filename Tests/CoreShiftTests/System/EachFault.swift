import CoreShift
import TestSupport
import Testing

/// Runs `setUp` again and again, while its first, second, … set-up call fails, until it has run
/// without a failure; expects after each run that every descriptor of it has been closed.
///
/// Only within `withOwnDescriptors`: the tests beside it open and close descriptors.
///
/// - Returns: What each failing call led to; nil for one that `setUp` could do without.
func failEachCall(
  of setUp: () throws(CoreError) -> Void, with code: ErrorCode = .outOfMemory
) throws -> [CoreError?] {
  var outcomes: [CoreError?] = []
  while true {
    let before = try DescriptorCensus()
    var outcome: CoreError?
    let isReached = Fault.inject(code, atCall: outcomes.count + 1) {
      do throws(CoreError) { try setUp() } catch { outcome = error }
    }
    let leaked = try DescriptorCensus().opened(since: before)
    #expect(leaked.isEmpty, "after a failure of call \(outcomes.count + 1): \(leaked)")
    guard isReached else {
      #expect(outcome == nil)
      return outcomes
    }
    if let outcome { #expect(outcome.code == code) }
    outcomes.append(outcome)
  }
}
