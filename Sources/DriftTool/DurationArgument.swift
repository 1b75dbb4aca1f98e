import ArgumentParser

/// A length of time as people write it: `5s`, `1.5s`, `200ms`, `2m`, `1h`, `1d`; seconds without a
/// unit.
struct DurationArgument: ExpressibleByArgument, Equatable {
  let duration: Duration

  init?(argument: String) {
    let number = argument.prefix { $0.isNumber || $0 == "." }
    let unit = argument.dropFirst(number.count)
    guard let value = Double(number), value.isFinite else { return nil }
    let seconds: [Substring: Double] = [
      "": 1, "s": 1, "ms": 0.001, "us": 0.000_001, "m": 60, "h": 3600, "d": 86400,
    ]
    guard let scale = seconds[unit], value * scale <= 1e9 else { return nil }
    duration = .seconds(value * scale)
  }

  /// As the limit of something: 0 means none, as for `timeout`.
  var limit: Duration? { duration == .zero ? nil : duration }
}
