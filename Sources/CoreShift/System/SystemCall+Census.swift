import CCoreShift

extension SystemCall {
  /// The numbers of all open descriptors, and -errno instead when they cannot be listed.
  static func openDescriptors() -> (result: Int32, numbers: [Int32]) {
    var numbers: [Int32] = []
    while true {
      let count = unsafe ccoreshift_census_numbers(&numbers, numbers.count)
      if count < 0 { return (count, []) }
      if count <= numbers.count { return (0, Array(numbers.prefix(Int(count)))) }
      numbers = [Int32](repeating: -1, count: Int(count) * 2)
    }
  }

  /// What a descriptor is open on, as `/proc` names it; nil when it is not open.
  static func target(of descriptor: Int32) -> String? {
    var text = [UInt8](repeating: 0, count: 4096)
    let length = unsafe text.withUnsafeMutableBytes { bytes in
      // SAFETY: CChar is a byte, and the call writes within the count.
      unsafe ccoreshift_census_target(
        descriptor, bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count)
    }
    return length < 0 ? nil : String(decoding: text.prefix(Int(length)), as: UTF8.self)
  }
}
