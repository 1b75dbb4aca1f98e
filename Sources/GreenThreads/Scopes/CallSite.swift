/// A place in the source where something was opened or spawned: `Module/File.swift:12`.
@safe
public struct CallSite: Sendable, Equatable, CustomStringConvertible {
  // SAFETY: the text of a static string lives as long as the process, and ends with a zero.
  private nonisolated(unsafe) let file: UnsafePointer<UInt8>?
  private let line: UInt32

  /// The place of the caller, by default.
  public init(file: StaticString = #fileID, line: UInt32 = #line) {
    unsafe self.file = file.utf8Start
    self.line = line
  }

  /// Text that ends with a zero and lives as long as the process; nil for nowhere.
  init(staticFile file: UnsafePointer<UInt8>?, line: UInt32) {
    unsafe self.file = file
    self.line = line
  }

  static let unknown = unsafe CallSite(staticFile: nil, line: 0)

  /// The file and the line.
  public var description: String {
    guard let file = unsafe file else { return "an unknown place" }
    return unsafe "\(String(cString: file)):\(line)"
  }

  /// The same line of the same file.
  public static func == (left: Self, right: Self) -> Bool {
    if left.line != right.line { return false }
    // The linker may keep one text twice.
    return unsafe left.file == right.file || left.description == right.description
  }
}
