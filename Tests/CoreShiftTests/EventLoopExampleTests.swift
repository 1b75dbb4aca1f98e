import CoreShift
import Testing

/// The program of the first article.
@Suite struct EventLoopExampleTests {
  @Test func `runs three children and answers on its socket until they have ended`() throws {
    let place = try SocketPlace()
    let start = ContinuousClock.now
    let run = try ExampleRun("EventLoopExample", [place.path().description])
    var state = ""
    while !state.contains("fail: exited with code 3"), start.duration(to: .now) < .seconds(20) {
      state = try ask(place.address())
    }
    #expect(state.contains("slow: running\n"))
    let output = try run.finish()
    #expect(output.exit?.status == .exited(code: 0))
    let text = text(output.standardOutput)
    #expect(text.contains("count exited with code 0: 1\n2\n3\n"))
    #expect(text.contains("fail exited with code 3: no\n"))
    #expect(text.contains("slow exited with code 0: woke\n"))
    #expect(place.mode() == nil, "the socket's file is removed")
  }

  @Test func `a living one keeps its socket`() throws {
    let place = try SocketPlace()
    let owner = try UnixSocket.listen(on: place.address())
    let output = try ExampleRun("EventLoopExample", [place.path().description]).finish()
    #expect(text(output.standardOutput).contains("EADDRINUSE"))
    #expect(output.exit?.status != .exited(code: 0))
    #expect(try owner.closeAndUnlink())
  }

  @Test func `takes over the socket of one that was killed`() throws {
    let place = try SocketPlace()
    let killed = try ExampleRun("EventLoopExample", [place.path().description])
    #expect(try ask(place.address()).contains("slow: running\n"))
    try killed.running.send(.kill, to: .group)
    _ = try killed.finish()
    #expect(place.isSocket())
    let output = try ExampleRun("EventLoopExample", [place.path().description]).finish()
    #expect(output.exit?.status == .exited(code: 0))
    #expect(place.mode() == nil, "the socket's file is removed")
  }

  @Test func `the article shows this program, in sixty lines`() throws {
    let program = try packageText("Examples/Sources/event-loop/main.swift")
    let article = try packageText("Sources/CoreShift/CoreShift.docc/EventLoop.md")
    #expect(article.contains("```swift\n\(program)```\n"))
    #expect(program.split(separator: "\n", omittingEmptySubsequences: false).count - 1 <= 60)
  }
}
