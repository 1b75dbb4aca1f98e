import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

/// A lease, which the kernel makes others wait for who open the file, stands for a disk that does
/// not answer.
@Suite struct SlowFileTests {
  private func makeFIFO(in path: RawString, named name: RawString = "fifo") throws -> RawString {
    let name = path.appending(name)
    try #require(unsafe mkfifo(name.description, 0o600) == 0)
    return name
  }

  /// How many descriptors are open on it.
  private func openings(of path: RawString) throws -> Int {
    let name = path.description
    return try DescriptorCensus().entries.count { $0.target == name }
  }

  @Test func `timers and others go on while every worker waits for a disk`() throws {
    try onDisk { path throws in
      let file = path.appending("leased")
      let holder = unsafe open(file.description, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      defer { close(holder) }
      // F_SETSIG and F_SETLEASE: a signal that is ignored tells of the wish of others.
      try #require(fcntl(holder, 10, SIGWINCH) == 0 && fcntl(holder, 1024, F_WRLCK) == 0)
      let log = EventLog()
      try withScope { scope in
        for _ in 0..<4 {
          scope.spawn {
            _ = try? File(opening: file)
            log.note("opened")
          }
        }
        let ticker = scope.spawn {
          for _ in 0..<20 { try GreenThread.sleep(for: .milliseconds(1)) }
          log.note("ticked")
        }
        try ticker.join()
        #expect(log.entries == ["ticked"])
        #expect(fcntl(holder, 1024, F_UNLCK) == 0)
        while log.entries.count < 5 { try GreenThread.sleep(for: .milliseconds(1)) }
      }
    }
  }

  @Test func `whoever reads what comes out of a FIFO keeps no worker busy`() throws {
    try onDisk { path throws in
      let fifo = try makeFIFO(in: path)
      try withScope { scope throws in
        let readers = (0..<8).map { _ in scope.spawn { try File.read(fifo, limit: 100) } }
        // More than there are workers: those of files still find one.
        while try openings(of: fifo) < 8 { try GreenThread.sleep(for: .milliseconds(1)) }
        #expect(try File.status(of: fifo).kind == .pipe)
        let writer = try PipeWriter(adopting: Fd(opening: fifo, for: .writing, .nonBlocking))
        try writer.write("eight bytes")
        writer.close()
        var received = 0
        for reader in readers { received += try reader.join().count }
        #expect(received == 11)
      }
      let over = errorThrown {
        try withScope { scope throws in
          let reader = scope.spawn { try File.read(fifo, limit: 3) }
          while try openings(of: fifo) < 1 { try GreenThread.sleep(for: .milliseconds(1)) }
          let writer = try PipeWriter(adopting: Fd(opening: fifo, for: .writing, .nonBlocking))
          try writer.write("four")
          _ = try reader.join()
        }
      }
      #expect((over as? LimitExceeded)?.limit == 3)
    }
  }

  @Test func `a deadline ends a read that waits for a FIFO, and what it has opened is closed`()
    throws
  {
    try onDisk { path throws in
      let fifo = try makeFIFO(in: path, named: "left-fifo")
      let error = errorThrown {
        try withTimeout(.milliseconds(20)) { _ = try File.read(fifo, limit: 1) }
      }
      #expect(error is DeadlineExceeded)
    }
    let left = try DescriptorCensus().entries.filter { $0.target.hasSuffix("/left-fifo") }
    #expect(left.isEmpty)
  }

  @Test(.enabled(if: unsafe access("/dev/kmsg", R_OK) == 0))
  func `whoever reads a device that has no positions keeps no worker busy`() throws {
    try onDisk { _ throws in
      // More than there are workers; the device has no end.
      for _ in 0..<5 {
        let error = errorThrown {
          try withTimeout(.milliseconds(20)) { _ = try File.read("/dev/kmsg", limit: 1 << 30) }
        }
        #expect(error is DeadlineExceeded)
      }
      let isThere = try withTimeout(.seconds(20)) { try File.exists("/") }
      #expect(isThere)
    }
  }
}
