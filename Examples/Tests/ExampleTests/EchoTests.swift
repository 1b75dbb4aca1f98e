import BuiltExamples
import Drift
import Testing

@Suite struct EchoTests {
  @Test(.enabled(if: isInstalled("nc"), "nc is not installed"))
  func `nc gets back what it sends`() throws {
    try BuiltExample.run("echo", ["0"]) { echo in
      var client = Command("nc", "-N", "127.0.0.1", RawString("\(try echo.port())"))
      client.standardInput = .text("one\ntwo\n")
      #expect(try client.output().text == "one\ntwo\n")
    }
  }

  @Test func `a port that is taken is one clear line, and status 1`() throws {
    let output = try Drift.run {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      defer { listener.close() }
      return try BuiltExample.command("echo", ["\(listener.localAddress.port)"]).output()
    }
    #expect(output.status == .exited(code: 1) && output.text == "")
    #expect(output.errorText.hasPrefix("echo: bind: EADDRINUSE"))
    #expect(output.errorText.split(separator: "\n").count == 1)
  }

  @Test(arguments: [["abc"], ["65536"], ["-1"], ["1", "2"]])
  func `what is no port is told so, with status 2`(arguments: [String]) throws {
    let output = try Drift.run { try BuiltExample.command("echo", arguments).output() }
    #expect(output.status == .exited(code: 2) && output.text == "")
    #expect(output.errorText == "usage: echo [PORT]\n")
  }
}
