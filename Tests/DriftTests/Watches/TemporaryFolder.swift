import CoreShift
import Foundation
import Glibc
import Testing

/// An empty folder for `body`, gone afterwards with all that is in it.
func withTemporaryFolder(_ body: (TemporaryFolder) throws -> Void) throws {
  var template = Array("/tmp/drift-test-XXXXXX".utf8CString)
  try #require(unsafe mkdtemp(&template) != nil)
  let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  defer { try? FileManager.default.removeItem(atPath: path) }
  try body(TemporaryFolder(path: path))
}

struct TemporaryFolder {
  let path: String
  var raw: RawString { RawString(path) }

  func callAsFunction(_ name: String) -> RawString { RawString("\(path)/\(name)") }

  func makeFile(_ name: String) throws {
    try Fd(opening: self(name), for: .writing, .create).close()
  }

  func makeFolder(_ name: String) {
    #expect(unsafe mkdir("\(path)/\(name)", 0o700) == 0)
  }

  func rename(_ old: String, _ new: String) {
    #expect(unsafe Glibc.rename("\(path)/\(old)", "\(path)/\(new)") == 0)
  }

  func delete(_ name: String) {
    #expect(unsafe remove("\(path)/\(name)") == 0)
  }

  /// A path in it without what leads to it.
  func short(_ path: RawString) -> String {
    String(path.description.dropFirst(self.path.count + 1))
  }
}
