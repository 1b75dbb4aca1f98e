/// The conversation went another way than a ``ScriptedPeer`` expected.
public struct ScriptBroken: Error, CustomStringConvertible {
  /// Which peer, by its name.
  public let peer: String
  /// Which of its steps, from 0.
  public let index: Int
  /// What it was about to do.
  public let step: ScriptedPeer.Step
  /// What came instead, or what went wrong, with bytes as text.
  public let found: String

  /// One line for a person: `mail server, step 2: expected the line "EHLO me", got "HELO me\r\n"`.
  public var description: String { "\(peer), step \(index + 1): \(step), got \(found)" }
}

extension ScriptedPeer.Step: CustomStringConvertible {
  /// What the step does, in words.
  public var description: String {
    switch self {
    case .expectBytes(let bytes): "expected \(visible(bytes))"
    case .expectLine(let line): "expected the line \(visible(Array(line.utf8)))"
    case .expectEnd: "expected the end of the stream"
    case .sendBytes(let bytes): "sending \(visible(bytes))"
    case .send(let text): "sending \(visible(Array(text.utf8)))"
    case .pause(let duration): "pausing for \(duration)"
    case .endSending: "ending the sending"
    case .reset: "resetting the connection"
    }
  }
}
