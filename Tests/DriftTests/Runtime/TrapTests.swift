import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

/// Misuse that is always a bug ends the program with a message that says what to do.
@Suite struct TrapTests {
  @Test(arguments: ["exit", "signal", "readable", "accept"])
  func `one branch in two selects at a time`(_ kind: String) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [kind] in
      try onDrift {
        let ends = try makePipe()
        let branch: SelectBranch<Void> =
          switch kind {
          case "exit": try .exit(of: Command("sleep", "9").start()) { _ in }
          case "signal": try .signal(from: SignalStream([.user1])) { _ in }
          case "accept": try .accept(from: TCPListener(bind: "127.0.0.1", port: 0)) { _ in }
          default: .readable(ends.reader) {}
          }
        GreenThread.spawn { try select(branch) }
        GreenThread.yield()
        _ = try select(branch, .after(.seconds(1)) {})
      }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("a branch stands in one select at a time"))
  }

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
    case readElsewhere = "waiting to read a descriptor on another OS thread than its scheduler's"
    case writtenElsewhere = "waiting to write a descriptor on another OS thread than its"
    case selectedElsewhere = "waiting for a descriptor on another OS thread than its scheduler's"
    case takenElsewhere = "a descriptor is taken over on another OS thread than its scheduler's"
    case childAskedElsewhere = "a child is looked after on another OS thread than its scheduler's"
    case childSignalledElsewhere = "do it there, by a `RemoteHandle`"
    case signalAwaitedElsewhere = "waiting for a signal on another OS thread than its scheduler's"
    case standardStreamElsewhere = "using a standard stream on another OS thread than its"

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
      default: try commitElsewhere()
      }
    }

    /// What a scheduler's things must not be used for on another OS thread, where another scheduler
    /// may run.
    private func commitElsewhere() throws {
      try onDrift {
        switch self {
        case .readElsewhere: try elsewhere(makePipe()) { try parkRead($0.reader) }
        case .writtenElsewhere: try elsewhere(makePipe()) { try parkWrite($0.writer) }
        case .selectedElsewhere:
          try elsewhere(makePipe()) { ends in
            try select(.readable(ends.reader) {}, .after(.seconds(1)) {})
          }
        case .takenElsewhere:
          try elsewhere(Command("sleep", "9").start()) { child in
            _ = try Command("cat").start(readingOutputOf: child)
          }
        case .childAskedElsewhere:
          try elsewhere(Command("sleep", "9").start()) { _ = $0.exitReport }
        case .childSignalledElsewhere:
          try elsewhere(Command("sleep", "9").start()) { try $0.send(.terminate) }
        case .signalAwaitedElsewhere: try elsewhere(SignalStream([.user2])) { _ = try $0.next() }
        case .standardStreamElsewhere:
          // Neither a pipe nor a terminal, and therefore used as it is.
          try #require(unsafe dup2(open("/dev/null", O_RDONLY), 0) == 0)
          try elsewhere(standardInput) { _ = try readText($0) }
        default: break
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

/// Runs `body` in a `run` of its own, on another OS thread, while this one waits.
private func elsewhere<Value>(_ value: Value, _ body: @escaping (Value) throws -> Void) {
  nonisolated(unsafe) let value = value
  nonisolated(unsafe) let body = body
  HelperThread { try? Drift.run { try unsafe body(value) } }.join()
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
