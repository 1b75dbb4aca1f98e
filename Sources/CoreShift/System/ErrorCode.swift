import CCoreShift

/// An errno, as the kernel gives it.
///
/// The names are constants of this type, such as ``tooManyOpenFiles``; a number that has none
/// is still kept and compared.
public struct ErrorCode: RawRepresentable, Hashable, Sendable {
  /// The positive errno.
  public let rawValue: Int32

  /// Wraps a positive errno.
  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// The symbolic name, `EMFILE`; nil for a number that Linux does not use.
  public var name: String? {
    // SAFETY: the answer is null or a string literal of the C target.
    unsafe ccoreshift_error_name(rawValue).map { unsafe String(cString: $0) }
  }
}

extension ErrorCode: CustomStringConvertible {
  /// The name and a text that is never translated, as in `EMFILE (too many open files)`.
  public var description: String {
    // SAFETY: as in `name`.
    guard let name, let text = unsafe ccoreshift_error_text(rawValue) else {
      return "errno \(rawValue)"
    }
    return unsafe "\(name) (\(String(cString: text)))"
  }
}
