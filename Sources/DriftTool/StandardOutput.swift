import Drift

/// One of the tool's own two outputs.
///
/// An error in writing ends the tool.
final class StandardOutput {
  private let name: String
  private let stream: InheritedStream
  /// Whether a terminal's cursor may stand behind the beginning of a line.
  private(set) var isMidLine = false
  private let isTerminal: Bool

  private init(_ number: Int32, _ name: String) throws {
    self.name = name
    stream = try InheritedStream(number, for: .writing)
    isTerminal = Fd.isTerminal(number)
  }

  static func output() throws -> StandardOutput { try StandardOutput(1, "standard output") }
  static func errors() throws -> StandardOutput { try StandardOutput(2, "standard error") }

  /// Writes all of `bytes`.
  ///
  /// Parks.
  ///
  /// - Throws: `ToolExit`; a silent one when nobody reads any more, as SIGPIPE would be.
  func write(_ bytes: [UInt8]) throws {
    guard let last = bytes.last else { return }
    if isTerminal { isMidLine = last != UInt8(ascii: "\n") }
    do {
      try stream.write(bytes)
    } catch let error as CoreError where error.code == .brokenPipe {
      throw ToolExit(code: ToolExit.signalled(Signal.brokenPipe.rawValue))
    } catch let error as CoreError {
      throw ToolExit(code: ToolExit.misuse, message: "cannot write \(name): \(error.code)")
    }
  }
}
