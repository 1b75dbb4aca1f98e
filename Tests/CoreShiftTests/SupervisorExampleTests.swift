import CoreShift
import Glibc
import Testing

@Suite struct SupervisorExampleTests {
  /// Asks for the state until it is as wanted.
  private func state(
    _ address: UnixAddress, until isWanted: (String) -> Bool
  ) throws -> String {
    let start = ContinuousClock.now
    while start.duration(to: .now) < .seconds(20) {
      let state = try ask(address, "status")
      if isWanted(state) { return state }
    }
    throw Overdue()
  }

  @Test func `starts again what ends, obeys its socket, and ends all on TERM`() throws {
    let place = try SocketPlace()
    let address = try place.address()
    let run = try ExampleRun(
      "SupervisorExample", [place.path().description, "lasting=sleep 20", "failing=exit 3"])
    let first = try state(address) {
      $0.contains("failing: waiting, starts: 3, last end: exited with code 3")
    }
    #expect(first.contains("lasting: running, pid "))
    #expect(first.contains("starts: 1, last end: never ran"))

    #expect(try ask(address, "stop lasting") == "done\n")
    let second = try state(address) { $0.contains("lasting: stopped") }
    #expect(second.contains("last end: ended by SIGTERM"))
    #expect(try ask(address, "start lasting") == "done\n")
    _ = try state(address) { $0.contains("lasting: running") && $0.contains("starts: 2") }
    #expect(try ask(address, "stop nothing") == "status, start NAME or stop NAME\n")

    try run.running.send(.terminate)
    let output = try run.finish()
    #expect(output.exit?.status == .exited(code: 0))
    #expect(place.mode() == nil, "the socket's file is removed")
  }

  @Test func `arguments that mean nothing are told so, with status 2`() throws {
    for arguments in [[], ["ctl.sock"], ["ctl.sock", "service"]] {
      let output = try ExampleRun("SupervisorExample", arguments).finish()
      #expect(text(output.standardOutput) == "usage: supervisor /path/of/socket NAME=COMMAND...\n")
      #expect(output.exit?.status == .exited(code: 2))
    }
  }

  @Test func `takes over the socket of one that was killed, and of no other`() throws {
    let place = try SocketPlace()
    let arguments = [place.path().description, "service=sleep 20"]
    let killed = try ExampleRun("SupervisorExample", arguments)
    let running = try state(place.address()) { $0.contains(", pid ") }
    let refused = try ExampleRun("SupervisorExample", arguments).finish()
    #expect(text(refused.standardOutput).hasPrefix("supervisor: bind: EADDRINUSE"))
    #expect(refused.exit?.status == .exited(code: 1))
    try killed.running.send(.kill, to: .group)
    _ = try killed.finish()
    // Nobody is left to end its service.
    let digits = running.drop { !$0.isNumber }.prefix { $0.isNumber }
    kill(-(try #require(Int32(digits))), SIGKILL)
    #expect(place.isSocket())
    let heir = try ExampleRun("SupervisorExample", arguments)
    #expect(try ask(place.address(), "status").contains("service: "))
    try heir.running.send(.terminate)
    #expect(try heir.finish().exit?.status == .exited(code: 0))
  }
}
