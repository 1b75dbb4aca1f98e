import CoreShift
import Glibc
import Testing

/// A directory of its own for the sockets of one test, removed with what is in it.
final class SocketPlace {
  let directory: String

  init() throws {
    var template = Array("/tmp/coreshift-sockets-XXXXXX\0".utf8CString.dropLast())
    try #require(unsafe mkdtemp(&template) != nil)
    directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    for name in ["a", "b", "c"] { remove(name) }
    _ = unsafe rmdir(directory)
  }

  func path(_ name: String = "a") -> RawString { RawString("\(directory)/\(name)") }

  func address(_ name: String = "a") throws -> UnixAddress { try UnixAddress(path: path(name)) }

  /// The mode with the kind of file, links not followed; nil if nothing is there.
  func mode(_ name: String = "a") -> UInt32? {
    var status = stat()
    return unsafe lstat("\(directory)/\(name)", &status) == 0 ? status.st_mode : nil
  }

  func isSocket(_ name: String = "a") -> Bool {
    mode(name).map { $0 & S_IFMT == S_IFSOCK } ?? false
  }

  func remove(_ name: String = "a") { _ = unsafe unlink("\(directory)/\(name)") }

  func makeLink(_ name: String, to target: String) throws {
    try #require(unsafe symlink("\(directory)/\(target)", "\(directory)/\(name)") == 0)
  }

  func makeFile(_ name: String = "a") throws {
    try Fd(opening: path(name), for: .writing, .createNew).close()
  }
}

/// A connection to a listener of this test.
struct UnixConnection: ~Copyable {
  let client: Fd
  let server: Fd

  init(
    to listener: borrowing UnixSocket.Bound, as kind: UnixSocket.Kind = .stream
  ) throws {
    guard let client = try UnixSocket.connect(to: listener.address, as: kind),
      let server = try UnixSocket.accept(from: listener.socket)
    else { throw CoreError(operation: "connect", code: .wouldBlock) }
    self.client = client
    self.server = server
  }
}
