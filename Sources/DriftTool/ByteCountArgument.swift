import ArgumentParser

/// An amount of bytes as people write it: `4096`, `64KiB`, `1MiB`, `1MB`, `2G`.
struct ByteCountArgument: ExpressibleByArgument, Equatable {
  let byteCount: Int

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    let unit = argument.dropFirst(digits.count).lowercased()
    let scales: [String: Int] = [
      "": 1, "b": 1, "k": 1 << 10, "kib": 1 << 10, "kb": 1000, "m": 1 << 20, "mib": 1 << 20,
      "mb": 1_000_000, "g": 1 << 30, "gib": 1 << 30, "gb": 1_000_000_000,
    ]
    guard let value = Int(digits), let scale = scales[unit] else { return nil }
    let (product, overflow) = value.multipliedReportingOverflow(by: scale)
    guard !overflow else { return nil }
    byteCount = product
  }
}
