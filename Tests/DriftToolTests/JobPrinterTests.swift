import Testing

/// What `drift each` holds in memory when its outputs cannot be printed yet.
@Suite struct JobPrinterTests {
  /// Waits until no further job has been started for a second, then counts them.
  private static let countStarted = """
    seen=-1; left=100
    while now=$(wc -l <$dir/started) && [ $left -gt 0 ]; do
      [ $now -gt 60 ] && [ $now = $seen ] && break
      seen=$now; left=$((left - 1)); sleep 1
    done
    """

  @Test func `starts no further job while too much waits for a reader`() throws {
    let run = try BuiltTool.runShell(
      """
      dir=$(mktemp -d); trap "rm -r $dir" EXIT; : >$dir/started; mkfifo $dir/pipe
      exec 9<>$dir/pipe
      seq 110 | $drift each -j2 sh -c "echo >>$dir/started; head -c 1000000 /dev/zero" >&9 9<&- &
      \(Self.countStarted)
      head -c 110000000 <&9 9<&- | wc -c
      wait $!; wc -l <$dir/started; echo $now
      """)
    let counts = run.lines.compactMap { Int($0) }
    #expect(counts.prefix(2) == [110_000_000, 110])
    // 64 MiB, those two that ran, what the pipe holds, and the one that is being written.
    #expect(counts.count == 3 && counts[2] <= 75, "\(counts)")
  }

  @Test func `starts no further job while too much waits behind a slow one`() throws {
    let run = try BuiltTool.runShell(
      """
      dir=$(mktemp -d); trap "rm -r $dir" EXIT; : >$dir/started
      job='echo >>$0/started; while [ $1 = 1 ] && [ ! -e $0/go ]; do sleep 0.05; done
        echo $1; head -c 1000000 /dev/zero'
      seq 110 | $drift each -j2 --keep-order sh -c "$job" $dir >$dir/output & pid=$!
      \(Self.countStarted)
      : >$dir/go; wait $pid
      tr -d '\\0' <$dir/output | tr '\\n' ' '; echo; wc -l <$dir/started; echo $now
      """)
    #expect(run.lines.first == (1...110).map { "\($0) " }.joined())
    let counts = run.lines.dropFirst().compactMap { Int($0) }
    #expect(counts.count == 2 && counts[0] == 110 && counts[1] <= 75, "\(counts)")
  }
}
