extension Duration {
  /// Whole nanoseconds, rounded up, so that nobody is ever early; saturating at both ends.
  package var nanosecondsRoundedUp: Int64 {
    let (seconds, attoseconds) = components
    let part = attoseconds / 1_000_000_000
    let hasRest = attoseconds % 1_000_000_000 > 0
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflowAgain) = whole.addingReportingOverflow(part + (hasRest ? 1 : 0))
    guard !overflow, !overflowAgain else { return seconds < 0 ? .min : .max }
    return sum
  }
}
