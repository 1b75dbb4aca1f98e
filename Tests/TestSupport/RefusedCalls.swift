private import Glibc

/// A system call that the kernel is made to refuse, for the tests of what is done then.
public struct RefusedCall: Sendable {
  /// The calls that tests refuse.
  public enum Name: Sendable {
    /// By the name that the kernel has for it.
    case clone3, close, copyFileRange, fsync, getdents64, ioctl, madvise, mprotect, openat, pipe2
    /// By the name that the kernel has for it.
    case pidfdSendSignal
    /// By the name that the kernel has for it.
    case ppoll, pread64, preadv2, processMadvise, pwrite64, pwritev2, renameat2, sendfile, socket
    case splice

    fileprivate var number: UInt32 {
      #if arch(x86_64)
        switch self {
        case .clone3: 435
        case .close: 3
        case .copyFileRange: 326
        case .fsync: 74
        case .getdents64: 217
        case .ioctl: 16
        case .madvise: 28
        case .mprotect: 10
        case .openat: 257
        case .pidfdSendSignal: 424
        case .pipe2: 293
        case .processMadvise: 440
        case .ppoll: 271
        case .pread64: 17
        case .pwrite64: 18
        case .pwritev2: 328
        case .sendfile: 40
        case .socket: 41
        case .splice: 275
        case .preadv2: 327
        case .renameat2: 316
        }
      #else
        switch self {
        case .clone3: 435
        case .close: 57
        case .copyFileRange: 285
        case .fsync: 82
        case .getdents64: 61
        case .ioctl: 29
        case .madvise: 233
        case .mprotect: 226
        case .openat: 56
        case .pidfdSendSignal: 424
        case .pipe2: 59
        case .processMadvise: 440
        case .ppoll: 73
        case .pread64: 67
        case .pwrite64: 68
        case .pwritev2: 287
        case .sendfile: 71
        case .socket: 198
        case .splice: 76
        case .preadv2: 286
        case .renameat2: 276
        }
      #endif
    }
  }

  let name: Name
  let code: Int32
  let argument: Argument?

  struct Argument: Sendable {
    let index: Int
    let mask: UInt32
    let value: UInt32
  }

  /// Refuses every such call with this errno.
  public init(_ name: Name, with code: Int32) {
    self.name = name
    self.code = code
    argument = nil
  }

  /// Refuses the calls in which the lower half of argument `index`, from 0, has `value` under
  /// `mask`.
  public init(
    _ name: Name, with code: Int32, whereArgument index: Int, under mask: UInt32 = .max,
    is value: UInt32
  ) {
    self.name = name
    self.code = code
    argument = Argument(index: index, mask: mask, value: value)
  }

  /// The filter's instructions, as the kernel has them: code, two jumps, and a number.
  fileprivate var instructions: [FilterInstruction] {
    // 0x20 loads a word of seccomp_data, 0x15 compares, 0x54 masks, 0x06 returns.
    var then = [FilterInstruction(code: 0x06, jt: 0, jf: 0, k: 0x0005_0000 | UInt32(code))]
    if let argument {
      then.insert(FilterInstruction(code: 0x15, jt: 0, jf: 1, k: argument.value), at: 0)
      then.insert(FilterInstruction(code: 0x54, jt: 0, jf: 0, k: argument.mask), at: 0)
      then.insert(
        FilterInstruction(code: 0x20, jt: 0, jf: 0, k: UInt32(16 + 8 * argument.index)), at: 0)
    }
    let load = FilterInstruction(code: 0x20, jt: 0, jf: 0, k: 0)
    let compare = FilterInstruction(code: 0x15, jt: 0, jf: UInt8(then.count), k: name.number)
    return [load, compare] + then
  }
}

/// Runs `body` on an OS thread of its own, for which the kernel refuses these calls: a seccomp
/// filter, which ends with the thread, and which the processes that it starts inherit.
public func withRefusedCalls(_ calls: [RefusedCall], _ body: () throws -> Void) throws {
  try onOwnThread {
    var program = calls.flatMap(\.instructions)
    program.append(FilterInstruction(code: 0x06, jt: 0, jf: 0, k: 0x7fff_0000))
    install(&program)
    try body()
  }
}

private func install(_ program: inout [FilterInstruction]) {
  let symbol = unsafe dlsym(nil, "prctl")
  typealias Control = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
  // SAFETY: prctl takes up to five words, whatever its prototype says.
  let control = unsafe unsafeBitCast(symbol, to: Control.self)
  let count = UInt16(program.count)
  let result = unsafe program.withUnsafeMutableBufferPointer { instructions in
    var filter = unsafe FilterProgram(len: count, filter: instructions.baseAddress)
    // PR_SET_NO_NEW_PRIVS, which a filter needs, and PR_SET_SECCOMP by SECCOMP_MODE_FILTER.
    guard control(38, 1, 0, 0, 0) == 0 else { return errno }
    return unsafe withUnsafePointer(to: &filter) {
      control(22, 2, UInt(bitPattern: $0), 0, 0) == 0 ? 0 : errno
    }
  }
  guard result == 0 else { fatalError("no seccomp filter (error \(result))") }
}

// linux/filter.h, which Swift's module of libc does not have.

private struct FilterInstruction {
  let code: UInt16
  let jt: UInt8
  let jf: UInt8
  let k: UInt32
}

@unsafe
private struct FilterProgram {
  let len: UInt16
  let filter: UnsafeMutablePointer<FilterInstruction>?
}
