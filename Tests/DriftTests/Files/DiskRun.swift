import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

/// Runs `body` as the first green thread of a scheduler, with the path of a directory that goes
/// afterwards.
func onDisk(
  offloading limits: OffloadLimits = OffloadLimits(), umask: mode_t? = nil,
  file: StaticString = #fileID, line: UInt = #line, _ body: (RawString) throws -> Void
) throws {
  try onDrift(offloading: limits, file: file, line: line) {
    // Before the pool has an OS thread.
    if let umask { try takeOwnUmask(umask) }
    try withTemporaryDirectory(body)
  }
}

/// Gives the calling OS thread, and those that it starts from now on, an umask of their own.
func takeOwnUmask(_ mask: mode_t) throws {
  let symbol = unsafe dlsym(nil, "unshare")
  // SAFETY: unshare has this type; 0x200 is CLONE_FS.
  let unshare = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)
  try #require(unshare(0x200) == 0)
  umask(mask)
}

/// Makes a symbolic link.
func makeLink(at path: RawString, to target: String) throws {
  try #require(unsafe symlink(target, path.description) == 0)
}

/// The permissions of what is at `path`, and not of what a link there leads to.
func permissions(of path: RawString) throws -> UInt32 {
  try File.status(of: path, links: .notFollowed).permissions
}

/// The names in a directory.
func names(in path: RawString) throws -> [String] {
  try Directory.entries(of: path).map(\.name.description)
}

/// The errno of what `body` throws; nil for nothing and for other errors.
func code(_ body: () throws -> Void) -> ErrorCode? {
  (errorThrown(by: body) as? CoreError)?.code
}

/// A directory that is there before a scheduler runs, and goes with all in it.
final class TemporaryPlace {
  let path: String

  init() throws {
    var name = Array("/tmp/drift-test-XXXXXX".utf8CString)
    let made = unsafe mkdtemp(&name)
    try #require(unsafe made != nil)
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    let path = RawString(path)
    do {
      try onDrift { try Directory.removeTree(path) }
    } catch {
      Issue.record("\(path) stays: \(error)")
    }
  }
}
