import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

/// A FIFO whose other end nobody opens stands for a disk that does not answer.
@Suite struct SlowFileTests {
  private func makeFIFO(in path: RawString, named name: RawString = "fifo") throws -> RawString {
    let name = path.appending(name)
    try #require(unsafe mkfifo(name.description, 0o600) == 0)
    return name
  }

  @Test func `timers and others go on while every worker waits for a disk`() throws {
    try onDisk { path throws in
      let fifo = try makeFIFO(in: path)
      let log = EventLog()
      try withScope { scope in
        for _ in 0..<4 {
          scope.spawn {
            _ = try? File(opening: fifo)
            log.note("opened")
          }
        }
        let ticker = scope.spawn {
          for _ in 0..<20 { try GreenThread.sleep(for: .milliseconds(1)) }
          log.note("ticked")
        }
        try ticker.join()
        #expect(log.entries == ["ticked"])
        // The other end lets all four go.
        let writer = try Fd(opening: fifo, for: .both, .nonBlocking)
        while log.entries.count < 5 { try GreenThread.sleep(for: .milliseconds(1)) }
        _ = consume writer
      }
    }
  }

  @Test func `a deadline ends an open that waits, and what comes of it is closed`() throws {
    try onDisk { path throws in
      let fifo = try makeFIFO(in: path, named: "left-fifo")
      let error = errorThrown {
        try withTimeout(.milliseconds(20)) { _ = try File.read(fifo, limit: 1) }
      }
      #expect(error is DeadlineExceeded)
      let writer = try Fd(opening: fifo, for: .both, .nonBlocking)
      // The worker opens it now, and finds nobody who wants what it reads.
      _ = try writer.write(Array("xx".utf8))
      _ = consume writer
      try offload {}
    }
    let left = try DescriptorCensus().entries.filter { $0.target.hasSuffix("/left-fifo") }
    #expect(left.isEmpty)
  }
}
