import BuiltExamples
import Drift
import Testing

@Suite struct KeyValueTests {
  @Test(.enabled(if: isInstalled("redis-cli"), "redis-cli is not installed"))
  func `redis-cli sets, gets and counts`() throws {
    try BuiltExample.run("keyvalue", ["--port", "0"]) { server in
      let port = RawString("\(try server.port())")
      func cli(_ words: RawString...) throws -> String {
        try Command("redis-cli", arguments: ["-p", port] + words).output().text
      }
      #expect(try cli("ping") == "PONG\n")
      #expect(try cli("set", "a b", "c\r\nd", "ex", "100") == "OK\n")
      #expect(try cli("get", "a b") == "c\r\nd\n")
      #expect(try cli("ttl", "a b") == "100\n")
      #expect(try cli("incr", "n") == "1\n" && cli("-r", "3", "incr", "n") == "2\n3\n4\n")
      #expect(try cli("mget", "n", "none") == "4\n\n")
      #expect(try cli("del", "n", "none") == "1\n")
      #expect(try cli("incr", "a b").hasPrefix("ERR value is not an integer"))
      #expect(try cli("nonsense").hasPrefix("ERR unknown command 'nonsense'"))
    }
  }

  @Test(.enabled(if: isInstalled("redis-benchmark"), "redis-benchmark is not installed"))
  func `redis-benchmark gets through, with requests in a row`() throws {
    try BuiltExample.run("keyvalue", ["--port", "0"]) { server in
      let output = try Command(
        "redis-benchmark", "-p", RawString("\(try server.port())"), "-t", "ping,set,get,incr",
        "-n", "2000", "-P", "16", "-q"
      ).output()
      #expect(output.isSuccess && !output.text.contains("rror"))
    }
  }
}
