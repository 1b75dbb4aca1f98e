import CoreShift
import Glibc
import Testing

/// Sends `text` with a copy of a descriptor attached.
func sendDescriptor(_ passed: Int32, with text: String, on socket: Int32) throws {
  var bytes = Array(text.utf8)
  // One control message: a header of 16 bytes, the number, and padding.
  var control = [UInt64](repeating: 0, count: 3)
  control[0] = 20
  control[1] = UInt64(UInt32(SOL_SOCKET)) | UInt64(1) << 32  // SCM_RIGHTS
  control[2] = UInt64(UInt32(bitPattern: passed))
  let sent = unsafe bytes.withUnsafeMutableBytes { payload in
    unsafe control.withUnsafeMutableBytes { control in
      var piece = unsafe iovec(iov_base: payload.baseAddress, iov_len: payload.count)
      return unsafe withUnsafeMutablePointer(to: &piece) { piece in
        var message = unsafe msghdr()
        unsafe message.msg_iov = unsafe piece
        unsafe message.msg_iovlen = 1
        unsafe message.msg_control = control.baseAddress
        unsafe message.msg_controllen = control.count
        return unsafe sendmsg(socket, &message, 0)
      }
    }
  }
  try #require(sent == text.utf8.count)
}

/// The two sides of a pseudo-terminal.
struct Terminal: ~Copyable {
  let controller: Fd
  let terminal: Fd
}

/// A pseudo-terminal: the side that controls it, and the one that programs see; both non-blocking.
func makeTerminal() throws -> Terminal {
  let owner = try Fd(opening: "/dev/ptmx", for: .both, .nonBlocking)
  // TIOCSPTLCK and TIOCGPTN of asm-generic/ioctls.h.
  var lock: Int32 = 0
  try #require(unsafe ioctl(owner.rawValue, 0x4004_5431, &lock) == 0)
  var number: Int32 = 0
  try #require(unsafe ioctl(owner.rawValue, 0x8004_5430, &number) == 0)
  let terminal = try Fd(opening: "/dev/pts/\(number)", for: .both, .nonBlocking)
  return Terminal(controller: owner, terminal: terminal)
}
