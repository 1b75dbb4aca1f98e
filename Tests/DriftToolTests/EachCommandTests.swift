import TestSupport
import Testing

@Suite struct EachCommandTests {
  @Test(arguments: [
    (["echo", ":::", "a b", "ü", ""], "", "a b\nü\n\n"),
    (["echo", "<{}>", "a{}b{}", "x", ":::", "1", "{}"], "", "<1> a1b1 x\n<{}> a{}b{} x\n"),
    (["{}", "x", ":::", "echo", "printf"], "", "x\nx"),
    (["echo"], "one\ntwo words\n\nlast", "one\ntwo words\nlast\n"),
    (["-0", "printf", "[%s]"], "a\0b\nc\0", "[a][b\nc]"),
    (["echo"], "", ""), (["echo", ":::"], "ignored", ""), (["-j4", "--", "echo"], "x\n", "x\n"),
  ])
  func `runs the command once per input`(
    _ arguments: [String], _ input: String, _ expected: String
  ) throws {
    let run = try BuiltTool.run(["each", "--keep-order"] + arguments, input: input)
    #expect(run.code == 0)
    #expect(run.output == expected)
    #expect(run.error.isEmpty)
  }

  @Test func `takes inputs that are no text byte for byte`() throws {
    let run = try BuiltTool.runShell(
      #"{ $drift each printf %s ::: "$(printf 'x\377')"; printf 'y\377' | $drift each printf %s; }"#
        + " | od -An -tx1")
    #expect(run.output == " 78 ff 79 ff\n")
  }

  @Test func `prints each job whole, none twice and none lost`() throws {
    let count = 400
    let inputs = (1...count).map { "\($0)\n" }.joined()
    let script = "echo begin $1; echo end $1"
    let run = try BuiltTool.run(["each", "-j", "32", "sh", "-c", script, "x"], input: inputs)
    #expect(run.code == 0)
    let lines = run.lines
    #expect(lines.count == 2 * count)
    var seen: Set<String> = []
    for index in stride(from: 0, to: lines.count - 1, by: 2) {
      let number = lines[index].dropFirst("begin ".count)
      #expect(lines[index + 1] == "end \(number)")
      seen.insert(String(number))
    }
    #expect(seen.count == count)
  }

  @Test func `keeps the others' output when one fails, and names the first`() throws {
    let script = "echo out $1; echo err $1 >&2; sleep 0.$1; [ $1 != 1 ] || kill -9 $$; exit $1"
    let run = try BuiltTool.run(
      ["each", "-j", "3", "--keep-order", "sh", "-c", script, "x", ":::", "3", "1", "0"])
    #expect(run.code == 1)
    #expect(run.output == "out 3\nout 1\nout 0\n")
    #expect(
      run.error == "err 3\nerr 1\nerr 0\n"
        + "drift: 2 of 3 failed, first: job 2 (\"1\"): ended by SIGKILL\n")
  }

  @Test func `runs no more at a time than it is told`() throws {
    let script = "echo $(cat /proc/$PPID/task/$PPID/children | wc -w); sleep 0.02"
    let run = try BuiltTool.run(
      ["each", "-j", "3", "sh", "-c", script, "x"],
      input: (1...20).map { "\($0)\n" }.joined())
    let counts = run.lines.compactMap { Int($0) }
    #expect(counts.count == 20)
    #expect(counts.max() == 3)
  }

  @Test func `ends the others at once when told to halt`() throws {
    let script = "echo start $1; [ $1 != 2 ] || { sleep 0.1; exit 1; }; sleep 60"
    let run = try BuiltTool.run(
      ["each", "-j", "2", "--halt", "now", "sh", "-c", script, "x", ":::", "1", "2", "3", "4"])
    #expect(run.code == 1)
    #expect(Set(run.lines) == ["start 1", "start 2"])
    #expect(run.error.contains("2 of 2 failed, first: job 2"))
  }

  @Test func `ends a job that takes too long`() throws {
    let run = try BuiltTool.run(
      ["each", "--timeout", "100ms", "sh", "-c", "echo $1; sleep $1", "x", ":::", "0", "60"])
    #expect(run.code == 1)
    #expect(Set(run.lines) == ["0", "60"])
    #expect(run.error == "drift: 1 of 2 failed, first: job 2 (\"60\"): timed out\n")
  }

  @Test func `reports each job on a line, also one that cannot be run`() throws {
    let run = try BuiltTool.run(
      ["each", "--json", "--keep-order", "{}", "x", ":::", "echo", "no-such-program"])
    #expect(run.code == 1)
    let reports = try run.lines.map(ReportTests.object)
    #expect(reports.map { $0["input"] as? String } == ["echo", "no-such-program"])
    #expect(reports.first?["stdout"] as? String == "x\n")
    #expect(reports.last?["error"] as? String == "cannot run 'no-such-program': not found on PATH")
  }

  @Test func `names an input in a line that one can read, however long it is`() throws {
    let input = String(repeating: "a", count: 300_000)
    let run = try BuiltTool.run(["each", "true"], input: "\(input)\n")
    #expect(run.code == 1)
    #expect(run.error.contains(#"first: job 1 ("aaa"#))
    #expect(run.error.contains(#"aaa"...): cannot run 'true': E2BIG"#))
    #expect(run.error.utf8.count < 1000)
  }

  @Test func `says what is wrong with an input that has a NUL`() throws {
    let run = try BuiltTool.run(["each", "-j1", "echo"], input: "a\0b\nc\n")
    #expect(run.code == 1)
    #expect(run.output == "c\n")
    #expect(run.error.hasPrefix("drift: cannot run 'echo': a word of it has a NUL"))
  }

  @Test(.enabled(if: !isSanitized, "64 MiB take minutes there"))
  func `keeps no more of an input than could be an argument`() throws {
    let run = try BuiltTool.runShell(
      "{ head -c 64M /dev/zero; echo; echo next; }"
        + " | $drift each -j1 sh -c 'grep VmHWM /proc/$PPID/status' x; exit $?")
    #expect(run.code == 1)
    let words = run.output.split(whereSeparator: \.isWhitespace)
    #expect(words.first == "VmHWM:")
    #expect(try #require(words.dropFirst().first.flatMap { Int($0) }) < 64 << 10)
  }

  @Test(.enabled(if: !isSanitized, "thousands of jobs take minutes there"))
  func `keeps nothing of each job that fails`() throws {
    func peakBytes(failures count: Int) throws -> Int {
      let failing = String(repeating: "a", count: 190) + "\n"
      let run = try BuiltTool.runShell(
        "$drift each -j1 {} -c 'grep VmHWM /proc/$PPID/status' 2>/dev/null; exit $?",
        input: String(repeating: failing, count: count) + "sh\n")
      #expect(run.code == 1)
      let words = run.output.split(whereSeparator: \.isWhitespace)
      return try #require(words.dropFirst().first.flatMap { Int($0) }) << 10
    }
    let growth = try peakBytes(failures: 30_000) - peakBytes(failures: 1)
    #expect(growth < 5_000_000, "their messages are twice that")
  }

  @Test func `points at no help where the system has failed`() throws {
    let run = try BuiltTool.runShell("ulimit -n 5; $drift each true ::: a; exit $?")
    #expect(run.code == 125)
    #expect(run.error.contains("EMFILE"))
    #expect(!run.error.contains("--help"))
  }

  @Test func `waits when it may not open more descriptors`() throws {
    let run = try BuiltTool.runShell(
      "ulimit -n 32; seq 40 | $drift each -j 64 --keep-order sh -c 'sleep 0.05; echo $1' x; exit $?"
    )
    #expect(run.code == 0)
    #expect(run.lines == (1...40).map { "\($0)" })
  }

  @Test func `starts none of those that wait for descriptors once it is stopped`() throws {
    let run = try BuiltTool.runShell(
      """
      ulimit -n 32; dir=$(mktemp -d); trap "rm -r $dir" EXIT; seq 40 >$dir/inputs
      $drift each -j 64 --keep-order sh -c 'echo start; exec sleep 60' x <$dir/inputs & pid=$!
      for i in $(seq 100); do
        [ -n "$(cat /proc/$pid/task/$pid/children)" ] && break; sleep 0.1
      done
      sleep 0.3; kill -TERM $pid; wait $pid; exit $?
      """)
    #expect(run.code == 143)
    let count = run.lines.count
    #expect((1..<40).contains(count) && run.lines.allSatisfy { $0 == "start" })
    #expect(run.error.hasPrefix("drift: \(count) of \(count) failed, first: job "))
  }

  @Test func `runs as many as it is told again once there are descriptors for them`() throws {
    // The first job is alone in its scarcity, and ends it. The later ones wait for each other.
    let script = """
      prlimit --nofile=256: --pid $PPID
      [ $1 -gt 20 ] || exit 0
      for i in $(seq 100); do
        [ -e $0 ] || [ $(cat /proc/$PPID/task/$PPID/children | wc -w) = 6 ] && >$0 && exit 0
        sleep 0.1
      done
      exit 1
      """
    let run = try BuiltTool.runShell(
      """
      ulimit -S -n 20; dir=$(mktemp -d); trap "rm -r $dir" EXIT
      seq 26 | $drift each -j 6 sh -c '\(script)' $dir/mark; exit $?
      """)
    #expect(run.code == 0)
    #expect(run.error.isEmpty)
  }

  @Test func `has one OS thread, and neither zombies nor descriptors pile up`() throws {
    let script = """
      ls /proc/$PPID/task | wc -l; ls /proc/$PPID/fd | wc -l
      cat /proc/$(echo $(cat /proc/$PPID/task/$PPID/children) | sed 's, ,/stat /proc/,g')/stat \
      | grep -c ' Z ' || :
      """
    let run = try BuiltTool.run(
      ["each", "-j", "1", "--json", "sh", "-c", script, "x"],
      input: (1...60).map { "\($0)\n" }.joined())
    let seen = try run.lines.map {
      try (ReportTests.object($0)["stdout"] as? String ?? "").split(separator: "\n").map { Int($0) }
    }
    #expect(seen.count == 60)
    #expect(seen.allSatisfy { $0.count == 3 && $0.first == 1 && $0.last == 0 }, "\(seen)")
    let open = seen.compactMap { $0[1] }
    // The job may look before drift has closed its three ends of the job's streams, once it runs.
    #expect(try #require(open.max()) <= #require(open.min()) + 3, "descriptors pile up: \(open)")
  }
}
