import Testing

@Suite struct EndingSignalsTests {
  /// Sends `names` to its parent, and gives it some time to obey.
  private static func hit(_ names: String, _ seconds: String = "0.3") -> String {
    "for name in \(names); do kill -$name $PPID; done; sleep \(seconds); "
  }

  @Test(arguments: ["INT HUP", "INT HUP TERM QUIT"])
  func `leaves signals alone that were ignored at the start`(_ names: String) throws {
    let hit = Self.hit(names)
    let one = try BuiltTool.runShell(
      "trap '' \(names); exec $drift run sh -c '\(hit) echo alive; exit 5'")
    #expect(one.code == 5)
    #expect(one.output == "alive\n")
    let many = try BuiltTool.runShell(
      "trap '' \(names); exec $drift each -j1 sh -c '\(hit) echo $1' x ::: 1 2")
    #expect(many.code == 0)
    #expect(many.output == "1\n2\n")
  }

  @Test func `obeys those that were not ignored beside others`() throws {
    let run = try BuiltTool.runShell(
      "trap '' INT HUP; exec $drift each -j1 sh -c '\(Self.hit("TERM", "15")) echo $1' x ::: 1 2")
    #expect(run.code == 143)
    #expect(run.output.isEmpty)
  }

  /// Each fills a pipe that nobody reads, and leaves a mark when there is something to print.
  @Test(arguments: [
    "run --json --output-limit 4M sh -c 'head -c 3000000 /dev/zero; echo >>$0'",
    "run --output-limit 4M sh -c 'head -c 3000000 /dev/zero; echo >>$0'",
    "run --until never sh -c 'echo >>$0; exec yes'",
    "each sh -c 'head -c 3000000 /dev/zero; echo >>$0' {} :::",
  ])
  func `end the tool while it writes to whom does not read`(_ arguments: String) throws {
    let run = try BuiltTool.runShell(
      """
      dir=$(mktemp -d); trap "rm -r $dir" EXIT; mkfifo $dir/pipe; exec 9<>$dir/pipe
      $drift \(arguments) $dir/mark >&9 9<&- & pid=$!
      for i in $(seq 100); do [ -e $dir/mark ] && break; sleep 0.1; done
      sleep 0.2
      { for i in $(seq 50); do kill -TERM $pid; sleep 0.1; done; kill -KILL $pid; } 2>&- & sender=$!
      wait $pid; code=$?
      kill $sender; exit $code
      """)
    #expect(run.code == 143)
  }

  @Test(
    .enabled(if: BuiltTool.canUnshare, "no pid namespace of one's own here"),
    arguments: [
      "run --until never sh -c 'echo >>$0; exec yes'",
      "each sh -c 'head -c 3000000 /dev/zero; echo >>$0' {} :::",
      "each sh -c 'echo >>$0; trap \"\" TERM; head -c 3000000 /dev/zero; sleep 60' {} :::",
    ])
  func `end the tool as the first process of a container, too`(_ arguments: String) throws {
    let run = try BuiltTool.runShell(
      """
      dir=$(mktemp -d); trap "rm -r $dir" EXIT; mkfifo $dir/pipe; exec 9<>$dir/pipe
      \(BuiltTool.unshare) $drift \(arguments) $dir/mark >&9 9<&- & outer=$!
      for i in $(seq 100); do [ -e $dir/mark ] && break; sleep 0.1; done
      sleep 0.2; pid=$(cat /proc/$outer/task/$outer/children)
      { for i in $(seq 50); do kill -TERM $pid; sleep 0.1; done; kill -KILL $pid; } 2>&- & sender=$!
      wait $outer; code=$?
      kill $sender; exit $code
      """)
    #expect(run.code == 143)
  }

  @Test func `leave the report of a command that gets them, too`() throws {
    for _ in 0..<10 {
      let run = try BuiltTool.runShell("exec $drift run --json sh -c 'kill -TERM $PPID $$'")
      #expect(run.code == 143)
      #expect(run.output.contains(#""signal":15"#))
    }
  }
}
