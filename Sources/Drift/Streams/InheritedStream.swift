public import CoreShift
internal import GreenThreads

/// A descriptor that this program was started with, such as standard input, without harm to others.
///
/// `O_NONBLOCK` sits on the open file, which other programs share, so it is never set here. A pipe
/// or a terminal is opened anew through `/proc/self/fd`, and reading and writing it park. What
/// cannot be opened anew (a socket, another user's terminal) is used as it is, once it is ready: a
/// call may block the OS thread only where somebody else reads it too, or in a long write. What is
/// always ready (a file) may wait for the disk.
public final class InheritedStream {
  private enum Way {
    case parking(Descriptor)
    case blocking(Int32)
  }

  private let way: Way

  /// Stands for descriptor `number`, 0, 1 or 2 as a rule, for one direction.
  public init(_ number: Int32, for access: Fd.Access) throws {
    switch try? Fd.kind(of: number) {
    case .pipe?, .characterDevice?:
      if let descriptor = try? Fd(reopening: number, for: access),
        let parking = try? Descriptor(adopting: descriptor)
      {
        way = .parking(parking)
      } else {
        way = .blocking(number)
      }
    default:
      way = .blocking(number)
    }
  }

  /// Reads what is there, waiting until there is something; 0 at the end.
  ///
  /// Parks where it can.
  public func read(into buffer: inout [UInt8]) throws -> Int {
    switch way {
    case .parking(let descriptor): return try descriptor.read(into: &buffer)
    case .blocking(let number):
      try GreenThread.checkCancellation()
      while true {
        try Self.parkUntilReadable(number)
        let outcome = try Fd.borrowing(number) { descriptor throws(CoreError) in
          try descriptor.read(into: &buffer)
        }
        switch outcome {
        case .bytes(let count): return count
        case .end: return 0
        // Somebody else has made the shared open file non-blocking, and was faster.
        case .wouldBlock: continue
        }
      }
    }
  }

  /// Writes all of `bytes`.
  ///
  /// Parks where it can.
  public func write(_ bytes: [UInt8]) throws {
    switch way {
    case .parking(let descriptor): try descriptor.write(bytes)
    case .blocking(let number):
      try GreenThread.checkCancellation()
      var rest = bytes[...]
      while !rest.isEmpty {
        let outcome = try unsafe rest.withUnsafeBytes { buffer in
          try Fd.borrowing(number) { descriptor throws(CoreError) in
            unsafe try descriptor.write(buffer)
          }
        }
        switch outcome {
        case .bytes(let count): rest = rest.dropFirst(count)
        case .wouldBlock: try parkWrite(rawDescriptor: number)
        }
      }
    }
  }

  /// EPERM means a file, which is always ready.
  private static func parkUntilReadable(_ number: Int32) throws {
    do {
      try parkRead(rawDescriptor: number)
    } catch let error as CoreError where error.code == .notPermitted {}
  }
}
