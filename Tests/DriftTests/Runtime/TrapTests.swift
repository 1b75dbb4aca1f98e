import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

/// Misuse that is always a bug ends the program with a message that says what to do.
@Suite struct TrapTests {
  /// Says that it has moved more than it was asked to.
  private final class Liar: DuplexStream {
    func read(into buffer: inout MutableRawSpan) -> Int { buffer.byteCount + 1 }
    func writeSome(_ bytes: RawSpan) -> Int { bytes.byteCount + 1 }
    func shutdownWrite() {}
    func close() {}
  }

  /// Says that it has taken nothing, for ever.
  private final class Refuser: WritableStream {
    func writeSome(_ bytes: RawSpan) -> Int { 0 }
    func shutdownWrite() {}
    func close() {}
  }

  enum Misuse: String, CaseIterable, Codable {
    case readerWithoutCapacity = "a buffer of 0 bytes: give one or more"
    case writerWithoutCapacity = "a buffer of -1 bytes: give one or more"
    case memoryWithoutCapacity = "a memory stream of 0 bytes: give one or more"
    case readBeyondTheRoom = "bytes into room for"
    case writtenBeyondTheBytes = "a stream has taken 4 of 3 bytes: `writeSome` takes from one"
    case flushedBeyondTheBytes = "a stream has taken 3 of 2 bytes"
    case tookNothing = "a stream has taken 0 of 2 bytes"
    case numberClosedBehindItsOwner = "a registered descriptor cannot be removed"
    case numbersOfTheLoopClosed = "the event loop cannot wait"

    func commit() throws {
      switch self {
      case .readerWithoutCapacity: _ = BufferedReader(Liar(), capacity: 0)
      case .writerWithoutCapacity: _ = BufferedWriter(Liar(), capacity: -1)
      case .memoryWithoutCapacity: _ = MemoryStream.pair(capacity: 0)
      case .readBeyondTheRoom: _ = try onDrift { try BufferedReader(Liar()).readLine() }
      case .writtenBeyondTheBytes: try Liar().write("abc")
      case .tookNothing: try Refuser().write("ab")
      case .flushedBeyondTheBytes:
        try onDrift {
          let writer = BufferedWriter(Liar())
          try writer.write("ab")
          try writer.flush()
        }
      case .numberClosedBehindItsOwner:
        try onDrift {
          let (reader, writer) = try makePipe()
          #expect(throws: DeadlineExceeded.self) {
            try withTimeout(.milliseconds(1)) { try parkRead(reader) }
          }
          Glibc.close(reader.rawValue)
          reader.close()
          _ = writer
        }
      case .numbersOfTheLoopClosed:
        // Those of the testing library, which a signal would have find out first.
        let others = epollNumbers()
        try onDrift {
          for number in epollNumbers() where !others.contains(number) { Glibc.close(number) }
          try GreenThread.sleep(for: .seconds(1))
        }
      }
    }
  }

  @Test(arguments: Misuse.allCases)
  func `it says what is wrong`(_ misuse: Misuse) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [misuse] in
      try misuse.commit()
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains(misuse.rawValue), "\(message)")
  }
}

/// Which numbers are epoll instances.
private func epollNumbers() -> [Int32] {
  (3..<256).filter { number in
    var target = [CChar](repeating: 0, count: 64)
    guard unsafe readlink("/proc/self/fd/\(number)", &target, target.count - 1) > 0 else {
      return false
    }
    let name = String(decoding: target.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return name.contains("[eventpoll]")
  }
}
