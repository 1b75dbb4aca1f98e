internal import CoreShift

extension RawString {
  private static let slash = UInt8(ascii: "/")

  /// This path and then `name`, with a slash between them.
  public func appending(_ name: RawString) -> RawString {
    var bytes = bytes
    if bytes.last != Self.slash && !bytes.isEmpty { bytes.append(Self.slash) }
    return RawString(bytes: bytes + name.bytes)
  }

  /// The same path with one slash where it has several, and none at the end but the root's.
  var withSingleSlashes: RawString {
    var kept: [UInt8] = []
    for byte in bytes where byte != Self.slash || kept.last != Self.slash { kept.append(byte) }
    return RawString(bytes: kept).withoutLastSlashes
  }

  /// What the last part is in, also where that part is `.` or `..`.
  var parent: RawString {
    guard let slash = bytes.lastIndex(of: Self.slash) else { return "." }
    return RawString(bytes: bytes[..<max(slash, 1)])
  }

  /// The directory that the last part is in, and the last part.
  ///
  /// - Throws: `CoreError` with EINVAL for a path that names no file: empty, or ending in a slash,
  ///   `.` or `..`.
  func splitLast() throws(CoreError) -> (directory: RawString, name: RawString) {
    let bytes = bytes
    let start = bytes.lastIndex(of: Self.slash).map { $0 + 1 } ?? 0
    let name = RawString(bytes: bytes[start...])
    if name.count == 0 || name == "." || name == ".." {
      throw CoreError(operation: "path", code: .invalidArgument, subject: .path(description))
    }
    return (parent, name)
  }
}
