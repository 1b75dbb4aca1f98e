import Drift

/// The signals that end a session, or are passed on to its command.
enum EndingSignals {
  private static let all: [Signal] = [.interrupt, .terminate, .hangUp, .quit]

  /// Takes them, but for those that were ignored when the tool was started, and stay so: INT and
  /// QUIT of a script's `&`, HUP of `nohup`.
  ///
  /// Nil when that is all of them. It asks for what is ignored, so take it before anything changes
  /// that.
  static func taken() throws -> SignalStream? {
    let ignored = ignoredSet()
    let signals = all.filter { ignored >> UInt64($0.rawValue - 1) & 1 == 0 }
    return signals.isEmpty ? nil : try SignalStream(signals)
  }

  /// Bit n - 1 for signal n; none where the kernel's own account cannot be read.
  private static func ignoredSet() -> UInt64 {
    guard let file = try? Fd(opening: "/proc/self/status", for: .reading) else { return 0 }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4 << 10)
    while case .bytes(let count)? = try? file.read(into: &buffer) { text += buffer[..<count] }
    let label = Array("SigIgn:\t".utf8)
    let line = text.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: label) }
    let digits = line.map { String(decoding: $0.dropFirst(label.count), as: UTF8.self) }
    return digits.flatMap { UInt64($0, radix: 16) } ?? 0
  }
}
