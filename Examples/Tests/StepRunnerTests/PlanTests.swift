import Testing

@testable import StepRunner

@Suite struct PlanTests {
  private func plan(_ text: String) throws -> Plan {
    try Plan(json: Array(text.utf8))
  }

  @Test func `a plan is read, and its steps are in an order that can be followed`() throws {
    let steps = try plan(
      """
      {"test": {"after": ["build"], "run": [["make", "test"], ["tee", "log"]], "seconds": 1.5},
       "build": {"after": ["fetch"], "run": ["make"]}, "fetch": {"run": [["git", "pull"]]}}
      """
    ).steps
    #expect(steps.map(\.name) == ["fetch", "build", "test"])
    #expect(steps[0].commands == [["git", "pull"]] && steps[1].commands == [["make"]])
    #expect(steps[2].commands == [["make", "test"], ["tee", "log"]])
    #expect(steps[2].timeout == .milliseconds(1_500) && steps[1].timeout == nil)
  }

  @Test(arguments: [
    ("{}", "there is no step"),
    (#"{"a": {"run": []}}"#, "step 'a' has an empty command"),
    (#"{"a": {"run": [["x"], []]}}"#, "step 'a' has an empty command"),
    (#"{"a": {"run": ["x"], "after": ["b"]}}"#, "step 'a' is after 'b', which is not there"),
    (#"{"a": {"run": ["x"], "seconds": 0}}"#, "step 'a' has no time"),
    (#"{"a": {"run": ["x"], "seconds": -1}}"#, "step 'a' has no time"),
    (#"{"a": {"run": ["x"], "seconds": 1e18}}"#, "step 'a' has no time"),
    (#"{"a": {"run": ["x"], "after": ["a"]}}"#, "these steps wait for each other: a after a"),
    (#"{"a": {}}"#, "step 'a': has no 'run'"),
  ])
  func `a plan that cannot be followed is told, with the step`(text: String, reason: String) {
    #expect(throws: PlanError(reason)) { try plan(text) }
  }

  @Test func `of many steps those are named that wait for each other`() {
    let text = """
      {"z": {"run": ["x"]}, "a": {"run": ["x"], "after": ["b", "z"]},
       "b": {"run": ["x"], "after": ["z", "c"]}, "c": {"run": ["x"], "after": ["b"]}}
      """
    #expect(throws: PlanError("these steps wait for each other: b after c after b")) {
      try plan(text)
    }
  }

  @Test(arguments: ["", "[]", "{", #"{"a": 1}"#, #"{"a": {"run": "x"}}"#, #"{"a": {"run": [1]}}"#])
  func `what is no plan is an error and no trap`(text: String) {
    #expect(throws: PlanError.self) { try plan(text) }
  }
}
