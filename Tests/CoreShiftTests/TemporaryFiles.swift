import CoreShift
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// A directory that goes, with the files in it, when its owner does.
struct TemporaryDirectory: ~Copyable {
  let path: String

  init(mode: mode_t = 0o700, in parent: String = "/tmp") throws {
    var name = Array("\(parent)/coreshift-test-XXXXXX".utf8CString)
    let made = unsafe mkdtemp(&name)
    try #require(unsafe made != nil)
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    unsafe chmod(path, mode)
  }

  deinit {
    if let folder = unsafe opendir(path) {
      while let entry = unsafe readdir(folder) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
          unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
        }
        unsafe unlink("\(path)/\(name)")
      }
      unsafe closedir(folder)
    }
    unsafe rmdir(path)
  }
}

/// A file that goes with its owner.
struct TemporaryFile: ~Copyable {
  let path: String

  init(contents: String, mode: mode_t) throws {
    var name = Array("/tmp/coreshift-test-XXXXXX".utf8CString)
    let number = unsafe mkstemp(&name)
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let file = try Fd(adopting: number)
    _ = try file.write(Array(contents.utf8))
    fchmod(number, mode)
  }

  deinit {
    unsafe unlink(path)
  }
}
