/// A system call that failed: which one, with which errno, and on what.
///
/// Every throwing function of CoreShift throws this type and no other. Making one allocates
/// nothing unless its subject holds a text.
public struct CoreError: Error, Hashable, Sendable {
  /// The system call, or the step of a longer operation, as in `epoll_ctl_add`.
  public let operation: String
  /// What the kernel answered.
  public let code: ErrorCode
  /// What the operation was applied to.
  public let subject: ErrorSubject

  /// Makes an error; `operation` should be a literal, which costs no allocation.
  public init(operation: String, code: ErrorCode, subject: ErrorSubject = .none) {
    self.operation = operation
    self.code = code
    self.subject = subject
  }
}

extension CoreError: CustomStringConvertible {
  /// `epoll_ctl_add: EEXIST (file exists) on descriptor 7`.
  public var description: String {
    switch subject {
    case .none: "\(operation): \(code)"
    default: "\(operation): \(code) on \(subject)"
    }
  }
}
