import CoreShift
import Drift
import Foundation
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite(.serialized) struct SnapshotSignalTests {
  /// An empty folder for `body`, gone afterwards.
  private func withFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/drift-snapshots-XXXXXX".utf8CString)
    try #require(unsafe mkdtemp(&template) != nil)
    let path = unsafe template.withUnsafeBufferPointer { characters in
      unsafe String(decoding: characters.map(UInt8.init(bitPattern:)).dropLast(), as: UTF8.self)
    }
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private func parsed(_ path: String) throws -> [String: Any] {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    return try #require(JSONSerialization.jsonObject(with: bytes) as? [String: Any])
  }

  /// Where a signal has one written; throws what the writer tells.
  private func writtenAfterSignal(into folder: String) throws -> String {
    let results = Guarded<[Result<String, any Error>]>([])
    try onDrift {
      try withSnapshots(on: .user2, into: folder) {
        result in
        results.withLock { $0.append(result) }
      } _: {
        try sendToWriter(.user2)
        while results.withLock({ $0.isEmpty }) { try GreenThread.sleep(for: .milliseconds(1)) }
      }
    }
    return try results.withLock { try $0[0].get() }
  }

  @Test func `a signal has it written, also when a green thread does not park`() throws {
    try withFolder { folder in
      let results = Guarded<[Result<String, any Error>]>([])
      try onDrift {
        try withSnapshots(on: .user2, into: folder) {
          result in
          results.withLock { $0.append(result) }
        } _: {
          GreenThread.spawn(name: "sleeper") { try GreenThread.sleep(for: .seconds(60)) }
          GreenThread.yield()
          for count in 1...2 {
            try sendToWriter(.user2)
            // Not one park from here on.
            while results.withLock({ $0.count }) < count {}
          }
        }
      }
      let paths = try results.withLock { $0 }.map { try $0.get() }
      #expect(paths == (1...2).map { "\(folder)/drift-\(getpid())-\($0).json" })
      let object = try parsed(paths[0])
      #expect(object["degraded"] as? Bool == true)
      let threads = try #require(object["threads"] as? [[String: Any]])
      #expect(threads.compactMap { $0["name"] as? String } == ["main", "sleeper"])
      #expect(threads[0]["state"] as? String == "running")
      let text = try String(contentsOfFile: paths[1].dropLast(4) + "txt", encoding: .utf8)
      #expect(text.contains("\"sleeper\""))
      for path in try FileManager.default.contentsOfDirectory(atPath: folder) {
        var status = stat()
        #expect(unsafe lstat("\(folder)/\(path)", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
      }
    }
  }

  @Test func `a link in the way is not followed, and what is there is not touched`() throws {
    try withFolder { folder in
      try onDrift {
        let victim = "\(folder)/victim"
        try "kept".write(toFile: victim, atomically: false, encoding: .utf8)
        try #require(unsafe symlink(victim, "\(folder)/link") == 0)
        for path in ["link", "victim"] {
          let error = errorThrown { try SchedulerSnapshot().write(toNewFile: "\(folder)/\(path)") }
          #expect((error as? CoreError)?.code == .alreadyExists)
        }
        #expect(try String(contentsOfFile: victim, encoding: .utf8) == "kept")
        try SchedulerSnapshot().write(toNewFile: "\(folder)/new")
        #expect(try parsed("\(folder)/new")["threadCount"] as? Int == 1)
      }
    }
  }

  @Test(arguments: ["json", "txt"])
  func `a number that one of the files of an earlier process has is passed over`(
    _ ending: String
  ) throws {
    try withFolder { folder in
      let earlier = "\(folder)/drift-\(getpid())-1.\(ending)"
      try "kept".write(toFile: earlier, atomically: false, encoding: .utf8)
      let path = try writtenAfterSignal(into: folder)
      #expect(path == "\(folder)/drift-\(getpid())-2.json")
      #expect(FileManager.default.fileExists(atPath: path.dropLast(4) + "txt"))
      #expect(try String(contentsOfFile: earlier, encoding: .utf8) == "kept")
    }
  }

  @Test func `a folder that is not there is an error that is told, and ends nothing`() throws {
    let error = #expect(throws: CoreError.self) { try writtenAfterSignal(into: "/nonexistent") }
    #expect(error?.code == .notFound)
  }

  @Test func `a snapshot counts who waits for descriptors`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      try withScope { scope in
        scope.spawn { try parkRead(reader) }
        GreenThread.yield()
        let snapshot = SchedulerSnapshot()
        #expect(snapshot.observations.prefix(2).map(\.count) == [1, 0])
        #expect(snapshot.threads.last?.reason?.subject == Int64(reader.rawValue))
        #expect(snapshot.text().contains("waiters for descriptors, processes and signals: 1"))
        scope.cancel()
      }
      writer.close()
    }
  }

  @Test func `what a signal has written counts waiters, blocking work and timers`() throws {
    try withFolder { folder in
      let results = Guarded<[Result<String, any Error>]>([])
      try onDrift {
        let (reader, writer) = try makePipe()
        let gate = OSGate()
        try withSnapshots(on: .user2, into: folder) {
          result in
          results.withLock { $0.append(result) }
        } _: {
          let reading = GreenThread.spawn { try parkRead(reader) }
          let hasBegun = OSGate()
          let working = GreenThread.spawn {
            try offload {
              hasBegun.open()
              gate.wait()
            }
          }
          GreenThread.spawn { try GreenThread.sleep(for: .seconds(60)) }
          try GreenThread.sleep(for: .milliseconds(1))
          hasBegun.wait()
          try sendToWriter(.user2)
          // In the kernel, or on the way there: both are looked at.
          while results.withLock({ $0.isEmpty }) { try GreenThread.sleep(for: .milliseconds(20)) }
          gate.open()
          try working.join()
          try writer.write([1])
          try reading.join()
        }
      }
      let path = try #require(results.withLock { $0.first }).get()
      let object = try parsed(path)
      let source = try #require(object["source"] as? [String: Int])
      #expect(source["waiters for descriptors, processes and signals"] == 2)
      #expect(source["blocking work that runs"] == 1)
      #expect(source["stale events"] == 0)
      #expect(source["polls"] ?? 0 > 0)
      #expect(object["timers"] as? Int ?? 0 >= 1)
      let text = try String(contentsOfFile: path.dropLast(4) + "txt", encoding: .utf8)
      #expect(text.contains("blocking work that runs: 1"))
      #expect(text.contains("\ntimers: "))
    }
  }

  @Test func `the OS thread's signal mask is what it was when run has returned`() throws {
    try onOwnThread {
      setBlocked(SIGURG, true)
      setBlocked(SIGUSR2, false)
      let before = ownSignalMask()
      try Drift.run {
        try withSnapshots(on: .user2, into: "/tmp") {
          try GreenThread.reportStalls(longerThan: .seconds(3600))
          #expect(ownSignalMask() & 1 << UInt64(SIGURG - 1) == 0)
          #expect(ownSignalMask() & 1 << UInt64(SIGUSR2 - 1) != 0)
        }
      }
      #expect(ownSignalMask() == before)
    }
  }

  @Test func `its OS thread is listed while it is there`() throws {
    try onDrift {
      try withSnapshots(into: "/tmp") {
        #expect(OwnedThread.all.contains { $0.name == "drift-snapshots" })
      }
    }
  }
}

/// Sends `signal` to the OS thread that waits for it: other threads of the test runner, which would
/// die of it, block nothing.
private func sendToWriter(_ signal: Signal) throws {
  let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
  for task in tasks {
    let name = try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8)
    guard name == "drift-snapshots\n", let number = Int32(task) else { continue }
    typealias Send = @convention(c) (Int32, Int32, Int32) -> Int32
    let symbol = unsafe dlsym(nil, "tgkill")
    let send = unsafe unsafeBitCast(symbol, to: Send.self)
    #expect(send(getpid(), number, signal.rawValue) == 0)
  }
}
