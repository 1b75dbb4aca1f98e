import Drift
import Testing

@testable import StepRunner

@Suite struct TextViewTests {
  private func shown(isTerminal: Bool, _ body: (TextView) throws -> Void) throws -> String {
    try GreenThreads.run(on: VirtualTime()) {
      let (near, far) = MemoryStream.pair()
      let view = TextView(writingTo: far, isTerminal: isTerminal)
      try body(view)
      view.finish()
      far.close()
      return String(decoding: try near.readAll(limit: 100_000), as: UTF8.self)
    }
  }

  private let step = Plan.Step(name: "build", after: [], commands: [["make"]], timeout: nil)

  @Test func `a pipe gets a line for each end`() throws {
    let text = try shown(isTerminal: false) { view in
      view.began(step)
      try GreenThread.sleep(for: .milliseconds(1_500))
      view.ended(step, .succeeded)
      view.ended(step, .skipped(because: "fetch"))
    }
    #expect(text == "ok       build after 1.5 s\nskipped  build, because of fetch\n")
  }

  @Test func `a terminal sees what is running, and it goes when something is printed`() throws {
    let text = try shown(isTerminal: true) { view in
      view.began(step)
      try GreenThread.sleep(for: .milliseconds(300))
      view.ended(step, .failed("exited\r\nwith code 1"))
    }
    #expect(
      text == "\u{1B}[?7lrunning  build for 0.0 s\n\u{1B}[?7h\u{1B}[1A\r"
        + "failed   build after 0.3 s: exited\u{1B}[K\r\nwith code 1\u{1B}[K\n\u{1B}[J")
  }

  @Test func `of very many running steps a terminal sees some, and how many more`() throws {
    let text = try shown(isTerminal: true) { view in
      for number in 1...12 {
        view.began(
          Plan.Step(name: "step \(number)", after: [], commands: [["make"]], timeout: nil))
      }
    }
    let last = try #require(text.split(separator: "\u{1B}[?7l").last)
    let lines = last.split(separator: "\n")
    #expect(lines.count == 12 && lines[0] == "running  step 1 for 0.0 s\u{1B}[K")
    #expect(lines[9] == "running  step 10 for 0.0 s\u{1B}[K")
    #expect(lines[10] == "running  2 more\u{1B}[K")
    #expect(lines[11] == "\u{1B}[?7h\u{1B}[J\u{1B}[11A\r\u{1B}[J")
  }

  @Test func `the first error of writing is kept, and ends nothing`() throws {
    try GreenThreads.run(on: VirtualTime()) {
      let (near, far) = MemoryStream.pair()
      near.close()
      let view = TextView(writingTo: far, isTerminal: false)
      #expect(view.failure == nil)
      view.ended(step, .succeeded)
      view.ended(step, .succeeded)
      #expect((view.failure as? CoreError)?.code == .brokenPipe)
    }
  }
}
