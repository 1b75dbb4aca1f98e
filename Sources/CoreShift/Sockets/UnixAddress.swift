/// Where a Unix socket is: at a path of the file system, or at an abstract name.
public struct UnixAddress: Hashable, Sendable {
  /// What kind of name it is.
  public enum Kind: Hashable, Sendable {
    /// A file of the file system: its permissions count, and it stays when the socket closes.
    case path
    /// A name in the network namespace, open to everybody there, that goes with the socket.
    case abstract
    /// No name: a socket that was not bound, one of a pair, or the wish for ``autobind``.
    case unnamed
  }

  /// As the kernel has it: a path, or NUL and an abstract name, or nothing.
  let name: [UInt8]

  init(name: [UInt8]) {
    self.name = name
  }

  /// A path of 1 to 107 bytes, relative to the working directory unless it begins with a slash.
  ///
  /// - Throws: `CoreError` with EINVAL for none at all, and for a NUL in it; ENAMETOOLONG.
  public init(path: RawString) throws(CoreError) {
    let bytes = path.bytes
    var code: ErrorCode?
    if bytes.isEmpty || bytes.contains(0) { code = .invalidArgument }
    if bytes.count > UnixAddress.longestName { code = .nameTooLong }
    if let code {
      throw CoreError(operation: "address", code: code, subject: .path(path.description))
    }
    name = bytes
  }

  /// An abstract name of 1 to 107 bytes, of which all count, NUL included.
  ///
  /// - Throws: `CoreError` with EINVAL for none at all; ENAMETOOLONG.
  public init(abstractName: RawString) throws(CoreError) {
    let bytes = abstractName.bytes
    guard 1...UnixAddress.longestName ~= bytes.count else {
      throw CoreError(
        operation: "address", code: bytes.isEmpty ? .invalidArgument : .nameTooLong,
        subject: .address("@" + abstractName.description))
    }
    name = [0] + bytes
  }

  /// Has the kernel choose an abstract name that is free; only to bind to.
  public static var autobind: UnixAddress { UnixAddress(name: []) }

  /// What kind of name it is.
  public var kind: Kind {
    switch name.first {
    case nil: .unnamed
    case 0: .abstract
    default: .path
    }
  }

  /// The path; nil unless it is one.
  public var path: RawString? { kind == .path ? RawString(bytes: name) : nil }

  /// The abstract name, without the NUL that marks it; nil unless it is one.
  public var abstractName: RawString? {
    kind == .abstract ? RawString(bytes: name.dropFirst()) : nil
  }

  /// One byte of the 108 is the end of a path, or the mark of an abstract name.
  private static let longestName = 107
}

extension UnixAddress: CustomStringConvertible {
  /// The path; `@name`; or `unnamed`.
  public var description: String {
    switch kind {
    case .path: String(decoding: name, as: UTF8.self)
    case .abstract: "@" + String(decoding: name.dropFirst(), as: UTF8.self)
    case .unnamed: "unnamed"
    }
  }
}
