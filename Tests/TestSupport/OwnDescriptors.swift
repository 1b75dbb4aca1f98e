import Glibc
import Testing

/// Runs `body` on an OS thread with a table of descriptors of its own, which holds 0, 1 and 2, so
/// that a census there sees what `body` opens and nothing of the tests beside it.
///
/// In a process of its own also what that tells of failed expectations through.
public func withOwnDescriptors(_ body: () throws -> Void) throws {
  try onOwnThread {
    let symbol = unsafe dlsym(nil, "close_range")
    // SAFETY: close_range has this type.
    let closeRange = unsafe unsafeBitCast(
      symbol, to: (@convention(c) (UInt32, UInt32, Int32) -> Int32).self)
    let kept = BackChannel.number ?? 3
    // CLOSE_RANGE_UNSHARE: what the range holds is not even copied, so that no other test's pipe
    // stays open for a moment longer.
    try #require(closeRange(BackChannel.number == nil ? kept : kept + 1, .max, 2) == 0)
    if kept > 3 { try #require(closeRange(3, kept - 1, 0) == 0) }
    try body()
  }
}

/// The descriptor through which an exit test's process tells of issues.
///
/// The testing library takes its number out of the environment when it has opened it; the kernel
/// still knows what the process was started with.
private enum BackChannel {
  static let number: UInt32? = {
    let file = unsafe open("/proc/self/environ", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while case let count = unsafe read(file, &piece, piece.count), count > 0 {
      bytes += piece[..<count]
    }
    let name = "SWT_BACKCHANNEL="
    let entries = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    return entries.first { $0.hasPrefix(name) }.flatMap { UInt32($0.dropFirst(name.count)) }
  }()
}
