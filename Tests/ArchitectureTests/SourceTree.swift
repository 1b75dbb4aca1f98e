import Foundation

/// A file of the package, as the rules see it.
struct SourceFile {
  /// The path relative to the package, with `/` between its parts.
  let path: String
  let text: String
  let lines: [Substring]
  let tokens: [Token]
  let comments: [Token]

  init(path: String, text: String) {
    self.path = path
    self.text = text
    self.lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let lexed = path.hasSuffix(".S") ? Lexer(text: "") : Lexer(text: text)
    self.tokens = lexed.tokens
    self.comments = lexed.comments
  }

  var parts: [Substring] { path.split(separator: "/") }
  var top: String { parts.first.map(String.init) ?? "" }
  /// The target that the file belongs to: the second part of `Sources/CoreShift/System/…`.
  var target: String { parts.count > 2 ? String(parts[1]) : "" }
  var name: String { parts.last.map(String.init) ?? "" }
  var isSwift: Bool { path.hasSuffix(".swift") }
  var isHeader: Bool { path.hasSuffix(".h") }
  var isC: Bool { path.hasSuffix(".c") || isHeader }
  var isAssembly: Bool { path.hasSuffix(".S") }
}

/// The files and folders of the package that the rules read.
struct SourceTree {
  let files: [SourceFile]
  let folders: [String]
  let architecture: String

  static let package = SourceTree(root: packageRoot)

  private static var packageRoot: String {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(3)
    return "/" + parts.joined(separator: "/")
  }

  private init(root: String) {
    var files: [SourceFile] = []
    var folders: [String] = []
    let tops = [
      "Sources", "Tests", "Benchmarks", "Examples", "Fuzzing", "Snippets", "Scripts", ".ci",
    ]
    for top in tops {
      for relative in FileManager.default.enumerator(atPath: "\(root)/\(top)") ?? .init() {
        guard let relative = relative as? String, !relative.contains(".build") else { continue }
        let path = "\(top)/\(relative)"
        var isFolder: ObjCBool = false
        _ = unsafe FileManager.default.fileExists(
          atPath: "\(root)/\(path)", isDirectory: &isFolder)
        if isFolder.boolValue {
          folders.append(path)
        } else if let text = Self.text(of: "\(root)/\(path)") {
          files.append(SourceFile(path: path, text: text))
        }
      }
    }
    if let text = Self.text(of: "\(root)/Package.swift") {
      files.append(SourceFile(path: "Package.swift", text: text))
    }
    self.files = files.sorted { $0.path < $1.path }
    self.folders = folders.sorted()
    self.architecture = Self.text(of: "\(root)/ARCHITECTURE.md") ?? ""
  }

  private static func text(of path: String) -> String? {
    FileManager.default.contents(atPath: path).flatMap { String(data: $0, encoding: .utf8) }
  }
}
