import CoreShift
import Glibc
import Testing

/// A directory of its own for the sockets of one test, removed with what is in it.
final class SocketFolder {
  let directory: String

  init() throws {
    var template = Array("/tmp/drift-sockets-XXXXXX\0".utf8CString.dropLast())
    try #require(unsafe mkdtemp(&template) != nil)
    directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    for name in ["a", "b"] { _ = unsafe unlink("\(directory)/\(name)") }
    _ = unsafe rmdir(directory)
  }

  func path(_ name: String = "a") -> RawString { RawString("\(directory)/\(name)") }

  func address(_ name: String = "a") throws -> UnixAddress { try UnixAddress(path: path(name)) }

  /// The mode with the kind of file, links not followed; nil if nothing is there.
  func mode(_ name: String = "a") -> UInt32? {
    var status = stat()
    return unsafe lstat("\(directory)/\(name)", &status) == 0 ? status.st_mode : nil
  }
}
