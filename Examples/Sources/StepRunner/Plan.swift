internal import Foundation

/// What is to be done: steps, each after some others.
public struct Plan {
  /// One step: a pipeline of commands.
  public struct Step: Equatable {
    /// How it is called.
    public let name: String
    /// The steps that must have succeeded before it begins.
    public let after: [String]
    /// The commands, each with its arguments; each one's output is the next one's input.
    public let commands: [[String]]
    /// How long it may take, if there is a limit.
    public let timeout: Duration?
  }

  /// In an order in which they could be done one by one: by name, where there is a choice.
  public let steps: [Step]

  /// Reads a plan.
  ///
  /// The text is a JSON object, with a step for each key:
  /// `{"test": {"after": ["build"], "run": [["make", "test"], ["tee", "log"]], "seconds": 60}}`.
  /// One command alone may stand without the outer brackets.
  ///
  /// - Throws: ``PlanError``.
  public init(json: [UInt8]) throws(PlanError) {
    let decoded: [String: DecodedStep]
    do {
      decoded = try JSONDecoder().decode([String: DecodedStep].self, from: Foundation.Data(json))
    } catch {
      throw PlanError(decoding: error)
    }
    var steps: [Step] = []
    for (name, step) in decoded {
      // A year is longer than anybody waits, and no number that a clock cannot count to.
      if let seconds = step.seconds, !(seconds > 0 && seconds < 31_557_600) {
        throw PlanError("step '\(name)' has no time")
      }
      let timeout = step.seconds.map { Duration.milliseconds(Int64(($0 * 1_000).rounded(.up))) }
      steps.append(
        Step(
          name: name, after: step.after ?? [], commands: step.run.commands, timeout: timeout))
    }
    try self.init(steps)
  }

  /// Brings steps into an order.
  ///
  /// - Throws: ``PlanError`` for no step at all, one without a command, one that waits for itself
  ///   or for one that is not there.
  public init(_ steps: [Step]) throws(PlanError) {
    if steps.isEmpty { throw PlanError("there is no step") }
    let names = Set(steps.map(\.name))
    for step in steps {
      if step.commands.isEmpty || step.commands.contains(where: \.isEmpty) {
        throw PlanError("step '\(step.name)' has an empty command")
      }
      if let timeout = step.timeout, timeout <= .zero {
        throw PlanError("step '\(step.name)' has no time")
      }
      if let stranger = step.after.first(where: { !names.contains($0) }) {
        throw PlanError("step '\(step.name)' is after '\(stranger)', which is not there")
      }
    }
    self.steps = try Self.ordered(steps)
  }

  private static func ordered(_ steps: [Step]) throws(PlanError) -> [Step] {
    var waiting = steps.sorted { $0.name < $1.name }
    var ordered: [Step] = []
    var done: Set<String> = []
    while !waiting.isEmpty {
      guard let index = waiting.firstIndex(where: { done.isSuperset(of: $0.after) }) else {
        throw PlanError("these steps wait for each other: \(circle(in: waiting))")
      }
      let step = waiting.remove(at: index)
      done.insert(step.name)
      ordered.append(step)
    }
    return ordered
  }

  /// A way from a step over those that it is after, back to itself.
  private static func circle(in waiting: [Step]) -> String {
    let steps = Dictionary(uniqueKeysWithValues: waiting.map { ($0.name, $0) })
    var way: [String] = []
    var next = waiting.first?.name
    while let name = next, !way.contains(name) {
      way.append(name)
      // Each of them is after one that waits as well, or it could have been done.
      next = steps[name]?.after.first { steps[$0] != nil }
    }
    guard let next, let start = way.firstIndex(of: next) else { return "" }
    return (way[start...] + [next]).joined(separator: " after ")
  }
}

/// A plan that cannot be followed, in one line for a person.
public struct PlanError: Error, Equatable, CustomStringConvertible {
  /// What is wrong, with the name of the step.
  public let description: String

  init(_ description: String) {
    self.description = description
  }

  init(decoding error: any Error) {
    guard let error = error as? DecodingError else {
      self.init("\(error)")
      return
    }
    switch error {
    case .keyNotFound(let key, let context):
      self.init("\(Self.place(context))has no '\(key.stringValue)'")
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      self.init("\(Self.place(context))\(context.debugDescription)")
    case .dataCorrupted(let context):
      self.init("\(Self.place(context))the plan is no JSON: \(context.debugDescription)")
    @unknown default: self.init("\(error)")
    }
  }

  private static func place(_ context: DecodingError.Context) -> String {
    let path = context.codingPath.map(\.stringValue)
    return path.isEmpty ? "" : "step '\(path[0])': "
  }
}

/// A step as the text has it.
private struct DecodedStep: Decodable {
  /// A command alone, or several that are connected.
  struct Run: Decodable {
    let commands: [[String]]

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let command = try? value.decode([String].self) {
        commands = [command]
      } else {
        commands = try value.decode([[String]].self)
      }
    }
  }

  let after: [String]?
  let run: Run
  let seconds: Double?
}
