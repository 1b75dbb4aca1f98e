import Foundation
import TestSupport
import Testing

@Suite struct ReportTests {
  static func object(_ line: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test func `has every field`() throws {
    let script = #"printf 'a"\\\t\001é\n'; echo err >&2; exit 3"#
    let run = try BuiltTool.run(["run", "--json", "sh", "-c", script])
    #expect(run.lines.count == 1)
    let report = try Self.object(run.output)
    #expect(
      Set(report.keys) == [
        "argv", "pid", "exit_code", "signal", "timed_out", "truncated", "matched", "duration_ms",
        "user_ms", "system_ms", "max_rss_kb", "stdout", "stderr",
      ])
    #expect(report["argv"] as? [String] == ["sh", "-c", script])
    #expect(report["exit_code"] as? Int == 3)
    #expect(report["signal"] is NSNull)
    #expect(report["timed_out"] as? Bool == false)
    #expect(report["stdout"] as? String == "a\"\\\t\u{1}é\n")
    #expect(report["stderr"] as? String == "err\n")
    #expect((report["duration_ms"] as? Double ?? 0) > 0)
  }

  @Test(arguments: [("", ""), ("1", "/w=="), ("12", "//8="), ("123", "////")])
  func `has output that is no text in Base64`(_ count: String, _ encoded: String) throws {
    let script = count.map { _ in #"printf '\377'; "# }.joined() + ":"
    let report = try Self.object(BuiltTool.run(["run", "--json", "sh", "-c", script]).output)
    #expect(report["stdout_base64"] as? String == (encoded.isEmpty ? nil : encoded))
    #expect((report["stdout"] == nil) == !encoded.isEmpty)
  }

  @Test func `tells a timeout, a signal, a match and a lost end`() throws {
    let late = try Self.object(
      BuiltTool.run(["run", "--json", "--timeout", "50ms", "sleep", "9"]).output)
    #expect(late["timed_out"] as? Bool == true)
    #expect(late["signal"] as? Int == 15)
    #expect(late["exit_code"] is NSNull)
    let cut = try Self.object(
      BuiltTool.run(["run", "--json", "--output-limit", "3", "--until", "cde", "echo", "abcdef"])
        .output)
    #expect(cut["truncated"] as? Bool == true)
    #expect(cut["matched"] as? Bool == true)
    #expect(cut["stdout"] as? String == "abc")
  }

  @Test func `tells why a command could not be run`() throws {
    let run = try BuiltTool.run(["run", "--json", "no-such-program"])
    #expect(run.code == 127)
    let report = try Self.object(run.output)
    #expect(report["pid"] is NSNull)
    #expect((report["error"] as? String)?.contains("not found") == true)
  }

  @Test func `stays small when much more is written than is kept`() throws {
    let half = "head -c 134217728 /dev/zero"
    let script =
      "\(half) & \(half) >&2; wait; grep VmHWM /proc/$PPID/status >/proc/$PPID/fd/2; exit 9"
    let run = try BuiltTool.run(["run", "--output-limit", "1MiB", "--json", "sh", "-c", script])
    #expect(run.code == 9)
    #expect(try Self.object(run.output)["truncated"] as? Bool == true)
    let kibibytes = run.error.split { !$0.isNumber }.first.flatMap { Int($0) }
    // The sanitizer keeps what has been freed, for a while, and a shadow of all of it.
    #expect(try #require(kibibytes) <= (isSanitized ? 160 : 32) << 10)
  }
}
