extension Int {
  /// A number as clients write it, in the one way there is: digits without a zero before them, and
  /// a minus sign; nil for anything else.
  init?(decimal digits: ArraySlice<UInt8>) {
    let isNegative = digits.first == UInt8(ascii: "-")
    let digits = isNegative ? digits.dropFirst() : digits
    guard !digits.isEmpty else { return nil }
    if digits.first == UInt8(ascii: "0"), isNegative || digits.count > 1 { return nil }
    var value = 0
    for digit in digits {
      guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
      let (tens, tooBig) = value.multipliedReportingOverflow(by: 10)
      // Counted downwards: there is one more negative number than positive ones.
      let (next, tooLow) = tens.subtractingReportingOverflow(Int(digit - UInt8(ascii: "0")))
      if tooBig || tooLow { return nil }
      value = next
    }
    if isNegative {
      self = value
    } else {
      guard value != .min else { return nil }
      self = -value
    }
  }
}
