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
}
