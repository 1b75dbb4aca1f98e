import BuiltExamples
import Drift
import Testing

@Suite struct SupervisorTests {
  /// Runs a supervisor of one service that may open few descriptors, which must end on TERM.
  private func supervise(_ body: (_ address: UnixAddress) throws -> Void) throws {
    try Drift.run {
      try withTemporaryDirectory { directory in
        let path = directory.appending("ctl")
        let example = BuiltExample.command("supervisor", []).program
        var command = Command(
          "sh", "-c", RawString("ulimit -n 24; exec \(example) \(path) 'one=exec sleep 600'"))
        command.standardError = .inherit
        let child = try command.start()
        defer { child.kill() }
        try withTimeout(.seconds(60)) {
          let address = try UnixAddress(path: path)
          while true {
            if try ask(address).contains("running, pid ") { break }
            try GreenThread.sleep(for: .milliseconds(20))
          }
          try body(address)
          child.requestEnd()
          #expect(try child.wait().status == .exited(code: 0))
        }
      }
    }
  }

  /// What the supervisor says; nothing while it is not there.
  private func ask(_ address: UnixAddress) throws -> String {
    guard let stream = try? UnixStream(connect: address) else { return "" }
    defer { stream.close() }
    try stream.write("status\n")
    return String(decoding: try stream.readAll(limit: 1_000), as: UTF8.self)
  }

  @Test func `clients that say nothing are hung up on, and however many end nothing`() throws {
    try supervise { address in
      let before = try ask(address)
      // More than it has descriptors for.
      let idle = try (0..<40).map { _ in try UnixStream(connect: address) }
      #expect(try ask(address) == before)
      for stream in idle { #expect(try stream.readAll(limit: 10) == []) }
    }
  }
}
