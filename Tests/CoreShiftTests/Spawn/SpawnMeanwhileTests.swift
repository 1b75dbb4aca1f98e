import CoreShift
import Glibc
import TestSupport
import Testing

/// A spawn whose caller waits for the child and for something else, and is not suspended.
@Suite struct SpawnMeanwhileTests {
  private func collected(_ script: RawString) -> SpawnOptions {
    var options = SpawnOptions(["/bin/sh", "-c", script], backend: .clone)
    options.standardOutput = .pipe
    options.standardError = .pipe
    options.holdsOutputsOpen = true
    return options
  }

  @Test func `it returns behind the exec, however soon the wait is over`() throws {
    for _ in 0..<40 {
      let options = SpawnOptions(["/bin/sleep", "60"], backend: .clone)
      var seen: Int32?
      let spawned = try options.spawn { child in
        seen = child.pid
        return false
      }
      #expect(realPath("/proc/\(spawned.process.pid)/exe") == realPath("/bin/sleep"))
      #expect(seen == spawned.process.pid)
    }
  }

  private func realPath(_ path: String) -> String? {
    guard let real = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
  }

  @Test func `a child that cannot execute has nobody waiting for it any longer`() throws {
    let options = SpawnOptions(["/nonexistent"], backend: .clone)
    let reactor = try Reactor()
    var hasSeenEnd: Bool?
    #expect {
      _ = try options.spawn { child in
        hasSeenEnd = child.waitForEnd(orEventOf: reactor)
        return true
      }
    } throws: {
      ($0 as? CoreError)?.operation == "execveat" && ($0 as? CoreError)?.code == .notFound
    }
    // It may have failed before there was anything to wait for.
    #expect(hasSeenEnd != false)
  }

  @Test func `an end is seen, and held outputs do not come before it`() throws {
    let reactor = try Reactor()
    var spawned = try collected("exec >&- 2>&-; exit 7").spawn { child in
      child.waitForEnd(orEventOf: reactor)
    }
    let hasEnded = spawned.hasEnded
    #expect(hasEnded)
    #expect(try spawned.process.pollExit()?.status == .exited(code: 7))
  }

  @Test(arguments: ["echo line", "echo line >&2"])
  func `an output that was written ends the wait`(script: String) throws {
    let reactor = try Reactor()
    var spawned = try collected(RawString("\(script); sleep 60")).spawn { child in
      child.waitForEnd(orEventOf: reactor)
    }
    let hasEnded = spawned.hasEnded
    #expect(!hasEnded)
    #expect(try spawned.process.pollExit() == nil)
  }

  @Test func `an event of the loop ends the wait`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe()
    let token = try reactor.register(pipe.readEnd, for: .reading)
    _ = try pipe.writeEnd.write([1])
    let spawned = try collected("sleep 60").spawn { child in
      child.waitForEnd(orEventOf: reactor)
    }
    let hasEnded = spawned.hasEnded
    #expect(!hasEnded)
    try reactor.unregister(token)
  }

  @Test(.enabled(if: Tracer.isPossible, "takes perl, and the permission to trace"))
  func `a thread knows whether it is traced`() throws {
    try onOwnThread {
      #expect(!SpawnOptions.isTraced)
      // "/proc/<process>/task/<thread>"
      let place = try #require(realPath("/proc/thread-self"))
      let number = try #require(place.split(separator: "/").last.flatMap { Int32($0) })
      let tracer = try Tracer(of: number)
      #expect(SpawnOptions.isTraced)
      _ = consume tracer
    }
  }
}
