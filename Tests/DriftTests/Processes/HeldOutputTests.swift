import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

/// Who waits for a command's output and its end is told of the end alone.
@Suite struct HeldOutputTests {
  /// How often the calling green thread parks in `body`.
  private func parkCount(_ body: () throws -> Void) throws -> Int {
    EventTrace.begin()
    defer { EventTrace.end() }
    try body()
    let own = GreenThread.current.id
    return EventTrace().events.count { $0.thread == own && $0.kind == .park }
  }

  @Test func `outputs that the child closes early wake nobody`() throws {
    let parks = try onDrift {
      try parkCount {
        let result = try shell("exec >&- 2>&-; exec sleep 0.1").output()
        #expect(result.isSuccess && !result.isCutOff && result.standardOutput.isEmpty)
      }
    }
    #expect(parks == 1)
  }

  @Test func `who reads for himself sees an output end when the child closes it`() throws {
    var command = shell("echo line; exec >&-; read answer")
    command.standardInput = .pipe
    try onDrift {
      let child = try command.start()
      #expect(try child.standardOutput.readLine() == "line")
      #expect(try child.standardOutput.readLine() == nil)
      #expect(child.exitReport == nil)
      try child.standardInput.write(Array("answer\n".utf8))
      #expect(try child.wait().status.isSuccess)
    }
  }

  @Test func `where many children run no ends are held`() throws {
    try onDriftWithOwnDescriptors {
      // What all commands of a loop share is opened at its first use.
      try Command("/bin/true").run()
      let before = try DescriptorCensus()
      let count = 80
      try withScope { scope in
        for _ in 0..<count { scope.spawn { try Command("sleep", "60").output() } }
        while ProcessCounters.current.live < count { GreenThread.yield() }
        // Two outputs and the process itself, and the other ends of the first 64.
        let opened = try DescriptorCensus().opened(since: before).count
        #expect(opened == 3 * count + 2 * 64)
        scope.cancel()
      }
      #expect(try DescriptorCensus().opened(since: before).isEmpty)
    }
  }
}
