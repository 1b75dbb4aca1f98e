/// A stream did not do what every stream does.
public struct StreamRuleBroken: Error, CustomStringConvertible {
  /// The rule, as a sentence.
  public let rule: String
  /// What the stream did instead.
  public let explanation: String

  /// One for a person.
  public var description: String { "a stream broke the rule that \(rule): \(explanation)" }
}

/// What the code of a rule throws; the rule adds its name.
struct Deviation: Error {
  let explanation: String

  init(_ explanation: String) {
    self.explanation = explanation
  }
}

/// Throws unless it holds.
func require(_ holds: Bool, _ explanation: @autoclosure () -> String) throws(Deviation) {
  if !holds { throw Deviation(explanation()) }
}

/// Throws unless `body` throws an error of this type, and one that `isRight`.
func requireThrown<Failure: Error>(
  _ type: Failure.Type, by what: String, where isRight: (Failure) -> Bool = { _ in true },
  _ body: () throws -> Void
) throws(Deviation) {
  do {
    try body()
  } catch let error as Failure where isRight(error) {
    return
  } catch {
    throw Deviation("\(what) threw \(error), and not \(type)")
  }
  throw Deviation("\(what) threw nothing, and not \(type)")
}
