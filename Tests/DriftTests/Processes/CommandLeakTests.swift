import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

/// However a command ends or fails, none of its descriptors stays open here.
@Suite struct CommandLeakTests {
  enum Way: String, CaseIterable {
    case failedStart, cancelled, outOfTime, timeOnly, cutOff, refusedSink, matched, dropped
    case failedPipeline, outOfTimePipeline, failedTerminal, droppedTerminal

    /// A command that has an input and never reads it.
    private func deaf(_ program: RawString = "sleep") -> Command {
      var command = Command(program, "60")
      command.standardInput = .bytes([UInt8](repeating: 1, count: 1 << 20))
      command.timeout = .milliseconds(1)
      command.onTimeout = .kill
      return command
    }

    func take() throws {
      switch self {
      case .failedStart, .cancelled, .outOfTime, .timeOnly, .cutOff: try takeOne()
      case .refusedSink:
        #expect(throws: Stop.self) {
          _ = try shell("echo; exec sleep 60").output(sink: { _, _ in throw Stop() })
        }
      case .matched: _ = try shell("echo ready; exec sleep 60").output(until: .text("ready"))
      case .dropped: _ = try deaf().start()
      case .failedPipeline:
        let pipeline = deaf() | Command("sleep", "60") | Command("/nonexistent")
        #expect(throws: CoreError.self) { try pipeline.run() }
      case .outOfTimePipeline:
        var pipeline = deaf() | Command("sleep", "60")
        pipeline.timeout = .milliseconds(1)
        pipeline.onTimeout = .kill
        #expect(try pipeline.output().isTimedOut)
      case .failedTerminal:
        #expect(throws: CoreError.self) { _ = try TerminalSession(Command("/nonexistent")) }
      case .droppedTerminal: _ = try TerminalSession(Command("cat"))
      }
    }

    private func takeOne() throws {
      var command = deaf()
      switch self {
      case .failedStart:
        #expect(throws: CoreError.self) { try deaf("/nonexistent").run() }
      case .cancelled:
        command.timeout = nil
        #expect(throws: DeadlineExceeded.self) {
          try withTimeout(.microseconds(1500)) { _ = try command.output() }
        }
      case .timeOnly:
        command.onTimeout = .none
        #expect(try command.output().isTimedOut)
      case .cutOff:
        let result = try shell("sleep 60 & echo $!").output()
        #expect(result.isCutOff)
        endStranger(try #require(Int32(result.text.filter(\.isNumber))))
      default: #expect(try command.output().isTimedOut)
      }
    }
  }

  private struct Stop: Error {}

  @Test(arguments: Way.allCases)
  func `no descriptor stays open`(_ way: Way) throws {
    try onDriftWithOwnDescriptors {
      func takeThrice() throws {
        for _ in 0..<3 { try way.take() }
        while ProcessCounters.current.live > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
      }
      // What all commands of a loop share is opened at its first use.
      try takeThrice()
      let before = try DescriptorCensus()
      try takeThrice()
      let opened = try DescriptorCensus().opened(since: before)
      #expect(opened.isEmpty, "\(opened)")
    }
  }
}
