import Testing

@Suite struct EndingSignalsTests {
  /// Sends `names` to its parent, which obeys them within the time.
  private static func hit(_ names: String) -> String {
    "for name in \(names); do kill -$name $PPID; done; sleep 0.3; "
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
      "trap '' INT HUP; exec $drift each -j1 sh -c '\(Self.hit("TERM")) echo $1' x ::: 1 2")
    #expect(run.code == 143)
    #expect(run.output.isEmpty)
  }
}
