/// What a failed operation was applied to.
public enum ErrorSubject: Hashable, Sendable {
  /// Nothing that has a name.
  case none
  /// A descriptor's number, as it was when the operation failed; it may since be another file's.
  case descriptor(Int32)
  /// A path of the file system.
  case path(String)
  /// A process, by its identifier.
  case process(Int32)
  /// A socket address, or the text that should have been one.
  case address(String)
  /// A reactor's token, by its raw value.
  case token(UInt64)
  /// An argument that cannot be used, by its name.
  case argument(String)
}

extension ErrorSubject: CustomStringConvertible {
  /// `descriptor 7`, `"/etc/hosts"`, `process 12`; empty for ``none``.
  public var description: String {
    switch self {
    case .none: ""
    case .descriptor(let number): "descriptor \(number)"
    case .path(let path): path.debugDescription
    case .process(let identifier): "process \(identifier)"
    case .address(let text): "address \(text.debugDescription)"
    case .token(let rawValue): "token \(rawValue)"
    case .argument(let name): "argument \(name)"
    }
  }
}
