import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

// Children that nobody holds any more, and what is left of their groups.
@Suite struct DropTests {
  @Test func `a detached child runs on, and is reaped when it ends`() throws {
    try onDrift {
      var command = Command("cat")
      let pipe = try Pipe(readEnd: .blocking)
      let reader = pipe.readEnd
      let writer = try Descriptor(adopting: pipe.writeEnd)
      command.standardInput = .descriptor(reader.rawValue)
      command.standardOutput = .null
      command.onDrop = .detach
      var pid: Int32 = 0
      do { pid = try command.start().pid }
      try GreenThread.sleep(for: .milliseconds(50))
      #expect(isAlive(pid))
      writer.close()
      for _ in 0..<1500 where isChild(pid) { try GreenThread.sleep(for: .milliseconds(10)) }
      #expect(!isChild(pid))
    }
  }

  @Test func `a detached child outlives run`() throws {
    let pid = try onDrift {
      var command = Command("sleep", "60")
      command.onDrop = .detach
      return try command.start().pid
    }
    #expect(isAlive(pid))
    endStranger(pid)
    // Nobody reaps it any more.
    var ended = waitpid(pid, nil, 0)
    while ended < 0, errno == EINTR { ended = waitpid(pid, nil, 0) }
    #expect(ended == pid)
  }

  @Test func `the rest of the group is killed with its leader, if asked`() throws {
    try onDrift {
      var command = shell("trap '' TERM; sleep 60 >/dev/null 2>&1 & echo $!")
      let living = try #require(Int32(try command.run().lines[0]))
      #expect(isAlive(living))
      endStranger(living)
      command.survivors = .kill
      let killed = try #require(Int32(try command.run().lines[0]))
      #expect(eventually { !isAlive(killed) })
    }
  }

  @Test func `spawned, killed, reaped and live processes are counted`() throws {
    try onDrift {
      #expect(ProcessCounters.current.spawned == 0)
      try Command("true").run()
      #expect(throws: CoreError.self) { try Command("/nonexistent").run() }
      let child = try Command("sleep", "60").start()
      #expect(ProcessCounters.current.live == 1)
      child.kill()
      try child.wait()
      _ = try Command("sleep", "60").start()
      var counters = ProcessCounters.current
      for _ in 0..<1500 where counters.live > 0 {
        try GreenThread.sleep(for: .milliseconds(10))
        counters = .current
      }
      #expect(counters.spawned == 3 && counters.failed == 1)
      #expect(counters.killed == 2 && counters.reaped == 3)
    }
  }

  @Test func `thousands of commands one after the other leave nothing behind`() throws {
    try onDrift(within: .seconds(600)) {
      // More of them, and failing ones too, in Scripts/test-stress.
      let told = ProcessEnvironment.value(of: "DRIFT_SEQUENTIAL_COMMANDS")
      let count = told.flatMap { Int($0.description) } ?? 2000
      let before = (0..<2000).count { isOpen(Int32($0)) }
      var failures = 0
      for round in 0..<count {
        let result = try Command("/bin/true").output()
        #expect(result.status.isSuccess && !isChild(result.pid))
        guard round % 10 == 0 else { continue }
        do { try Command("/nonexistent").run() } catch is CoreError { failures += 1 }
      }
      #expect(ProcessCounters.current.live == 0 && ProcessCounters.current.failed == failures)
      // Other suites run beside this one: only growth by hundreds is ours.
      #expect((0..<2000).count { isOpen(Int32($0)) } < before + 200)
    }
  }

  @Test func `a command that is cancelled at any moment of its start leaves nothing behind`()
    throws
  {
    try onDrift(within: .seconds(120)) {
      var cancelled = 0
      for round in 0..<200 {
        do {
          try withTimeout(.microseconds(round * 10)) {
            var command = Command("sleep", "60")
            command.grace = .seconds(60)
            try command.run()
          }
        } catch is DeadlineExceeded { cancelled += 1 }
      }
      #expect(cancelled == 200)
      #expect(ProcessCounters.current.live == 0)
    }
  }

  @Test(.enabled(if: !isSanitized, "memory that is free is kept aside there"))
  func `children that nobody holds any more leave no memory behind`() async {
    await #expect(processExitsWith: .success) {
      try Drift.run {
        func drop(_ count: Int) throws -> Int {
          for round in 0..<count {
            var command = Command(round % 2 == 0 ? "/bin/true" : "/bin/cat")
            command.standardInput = .null
            command.standardOutput = .null
            command.onDrop = round % 2 == 0 ? .detach : .kill
            _ = try command.start()
            while ProcessCounters.current.live > 20 {
              try GreenThread.sleep(for: .milliseconds(1))
            }
          }
          while ProcessCounters.current.live > 0 {
            try GreenThread.sleep(for: .milliseconds(1))
          }
          return residentPageCount()
        }
        let early = try drop(1000)
        let late = try drop(2000)
        // 2000 of the smallest objects that a child could leave take more.
        try #require(late - early < 50, "\(late - early) pages more")
        try #require(ProcessCounters.current.spawned == 3000)
        try #require(waitpid(-1, nil, WNOHANG) < 0, "no zombie")
      }
    }
  }
}
