import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct FileLockTests {
  @Test func `an exclusive lock keeps out every other, and shared ones go together`() throws {
    try onDisk { path throws in
      let files = try (0..<3).map { _ in
        try File(opening: path.appending("lock"), for: .both, .create)
      }
      #expect(try files[0].tryLock(.shared))
      #expect(try files[1].tryLock(.shared))
      #expect(try !files[2].tryLock(.exclusive))
      try files[0].unlock()
      files[1].close()
      #expect(try files[2].tryLock(.exclusive))
      #expect(try !files[0].tryLock(.shared))
    }
  }

  @Test func `who waits gets the lock when it is given back`() throws {
    try onDisk { path throws in
      let holder = try File(opening: path.appending("lock"), for: .both, .create)
      let other = try File(opening: path.appending("lock"), for: .both, .create)
      let log = EventLog()
      try withScope { scope in
        try holder.lock()
        scope.spawn {
          try other.withLock { log.note("other") }
        }
        try GreenThread.sleep(for: .milliseconds(20))
        log.note("given back")
        try holder.unlock()
      }
      #expect(log.entries == ["given back", "other"])
      #expect(try holder.tryLock())
    }
  }

  @Test func `a wait that is cancelled holds nothing`() throws {
    try onDisk { path throws in
      let holder = try File(opening: path.appending("lock"), for: .both, .create)
      let other = try File(opening: path.appending("lock"), for: .both, .create)
      try holder.lock()
      let error = errorThrown { try withTimeout(.milliseconds(20)) { try other.lock() } }
      #expect(error is DeadlineExceeded)
      try holder.unlock()
      #expect(try holder.tryLock())
    }
  }

  @Test func `waiting for locks keeps nobody from the pool`() throws {
    try onDisk { path throws in
      let holder = try File(opening: path.appending("lock"), for: .both, .create)
      try holder.lock()
      try withScope { scope in
        for _ in 0..<20 {
          let other = try File(opening: path.appending("lock"), for: .both, .create)
          scope.spawn { try other.lock() }
        }
        try GreenThread.sleep(for: .milliseconds(20))
        #expect(try offload { 42 } == 42)
        scope.cancel()
      }
    }
  }

  @Test func `nobody is told that he holds the lock of a file that was closed meanwhile`() throws {
    try onDisk(offloading: OffloadLimits(workers: 1)) { path throws in
      let file = try File(opening: path.appending("lock"), for: .both, .create)
      let gate = OSGate()
      try withScope { scope in
        scope.spawn { try offload { gate.wait() } }
        GreenThread.yield()
        let attempt = scope.spawn { errorThrown { _ = try file.tryLock() } is ResourceClosed }
        GreenThread.yield()
        file.close()
        gate.open()
        let isRefused = try attempt.join()
        #expect(isRefused)
      }
    }
  }
}
