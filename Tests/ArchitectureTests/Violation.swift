import Testing

/// A place where the source tree breaks a rule.
struct Violation: Hashable, CustomStringConvertible {
  var path: String
  var line: Int
  var message: String

  init(_ file: SourceFile, line: Int = 1, _ message: String) {
    self.init(path: file.path, line: line, message)
  }

  init(path: String, line: Int = 1, _ message: String) {
    self.path = path
    self.line = line
    self.message = message
  }

  var description: String { "\(path):\(line): \(message)" }
}

/// Fails the test once for each violation.
func expectNone(
  _ violations: [Violation], sourceLocation: SourceLocation = #_sourceLocation
) {
  for violation in violations {
    Issue.record("\(violation)", sourceLocation: sourceLocation)
  }
}
