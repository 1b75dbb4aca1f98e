import Testing

@Suite struct OutputTests {
  @Test(arguments: [
    "run --until never yes", "run --timeout 100ms --output-limit 1MiB yes", "run yes",
    "each seq 100000 ::: 200000 300000", "each --json seq 100000 ::: 200000 300000",
  ])
  func `ends quietly when nobody reads any more`(_ arguments: String) throws {
    let run = try BuiltTool.runShell("{ $drift \(arguments); echo $? >&2; } | head -c 10")
    #expect(run.error == "141\n")
    #expect(run.output.utf8.count == 10)
  }

  @Test(arguments: [
    "run --until never", "run --json", "run --output-limit 1MiB", "each --json", "each",
  ])
  func `says in one line that the disk is full`(_ arguments: String) throws {
    let run = try BuiltTool.runShell("$drift \(arguments) seq 9 >/dev/full; exit $?", input: "9\n")
    #expect(run.code == 125)
    #expect(
      run.error
        == "drift: cannot write standard output: ENOSPC (no space left on device)\n")
  }

  @Test(arguments: ["--help", "run --help", "--version"])
  func `says that its help could not be written`(_ arguments: String) throws {
    let full = try BuiltTool.runShell("$drift \(arguments) >/dev/full; exit $?")
    #expect(full.code == 125)
    #expect(
      full.error == "drift: cannot write standard output: ENOSPC (no space left on device)\n")
    let closed = try BuiltTool.runShell("$drift \(arguments) >&-; exit $?")
    #expect(closed.code == 125)
  }

  @Test(arguments: ["0<&-", "1>&-", "2>&-", "0<&- 1>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"])
  func `does without its standard descriptors`(_ redirections: String) throws {
    let plain = try BuiltTool.runShell("$drift run sh -c 'exit 3' \(redirections); exit $?")
    #expect(plain.code == 3)
    let captured = try BuiltTool.runShell("$drift each -j2 echo ::: a \(redirections); exit $?")
    let isClosed = redirections.contains("1>&-")
    #expect(captured.code == (isClosed ? 125 : 0))
    #expect(captured.output == (isClosed ? "" : "a\n"))
  }

  @Test func `leaves the shared open file of its outputs as it was`() throws {
    let flags = "grep flags /proc/self/fdinfo/1 /proc/self/fdinfo/0"
    let run = try BuiltTool.runShell(
      "\(flags) >&2; $drift each echo ::: a; \(flags) >&2", input: "x")
    let lines = run.error.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines.prefix(2) == lines.suffix(2))
  }
}
