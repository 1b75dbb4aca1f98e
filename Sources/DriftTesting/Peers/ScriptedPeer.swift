public import Drift

/// The other side of a conversation, by a script: what it expects, what it sends, and when.
///
/// ```swift
/// let peer = ScriptedPeer("mail server", [
///   .send("220 ready\r\n"), .expectLine("EHLO me"), .send("250 hello\r\n"), .expectEnd,
/// ])
/// ```
///
/// Steps are done one after the other. What comes and is not what the script expects ends it with a
/// ``ScriptBroken`` that shows both. What comes behind the last step is not looked at: where
/// nothing more may come, say so by ``Step/expectEnd``.
public struct ScriptedPeer: Sendable {
  /// One thing that a peer does.
  public enum Step: Sendable, Equatable {
    /// Reads as many bytes as these, and they must be these.
    case expectBytes([UInt8])
    /// Reads to the next line feed; without it, and without a carriage return before it, the line
    /// must be this one.
    case expectLine(String)
    /// The other side must have ended its sending, with nothing before that.
    case expectEnd
    /// Writes these bytes.
    case sendBytes([UInt8])
    /// Writes this text as UTF-8; line ends are part of it.
    case send(String)
    /// Sleeps, in virtual time where the scheduler has it.
    case pause(Duration)
    /// Ends the sending and goes on reading.
    case endSending
    /// Breaks the connection: the other side gets ECONNRESET. The stream must be a
    /// ``ResettableStream``.
    case reset
  }

  /// Says which peer it is, in errors.
  public let name: String
  /// What it does, from the first to the last.
  public let steps: [Step]

  /// A peer that does `steps`.
  public init(_ name: String = "a scripted peer", _ steps: [Step]) {
    self.name = name
    self.steps = steps
  }

  /// Does all steps on `stream`, and then closes it, also when a step fails.
  ///
  /// Parks.
  ///
  /// - Parameters:
  ///   - stream: the peer's end of the connection.
  ///   - limit: how long one step may wait for what it expects, or for room.
  /// - Throws: ``ScriptBroken`` when something else comes, or nothing in time, or a read or a write
  ///   fails; `InvalidArgument` for a reset where the stream is no ``ResettableStream``;
  ///   `Cancelled`.
  public func run(
    on stream: any DuplexStream, within limit: Duration = .seconds(5)
  ) throws {
    var intake = ScriptIntake(stream)
    defer { stream.close() }
    for (index, step) in steps.enumerated() {
      do {
        if case .pause(let duration) = step {
          try GreenThread.sleep(for: duration)
        } else {
          try withTimeout(limit) { try perform(step, on: stream, &intake) }
        }
      } catch let error as ScriptDeviation {
        throw broken(index, error.found)
      } catch is DeadlineExceeded {
        throw broken(index, intake.textOfWhatCame(else: "nothing") + ", and no more in \(limit)")
      } catch let error as CoreError {
        throw broken(index, "the error \(error)")
      } catch let error as ResourceClosed {
        throw broken(index, "the error that \(error)")
      }
    }
  }

  private func broken(_ index: Int, _ found: String) -> ScriptBroken {
    ScriptBroken(peer: name, index: index, step: steps[index], found: found)
  }

  private func perform(
    _ step: Step, on stream: any DuplexStream, _ intake: inout ScriptIntake
  ) throws {
    switch step {
    case .expectBytes(let bytes): try intake.expect(bytes)
    case .expectLine(let line): try intake.expectLine(line)
    case .expectEnd: try intake.expectEnd()
    case .sendBytes(let bytes): try stream.write(bytes)
    case .send(let text): try stream.write(text)
    case .pause: break
    case .endSending: try stream.shutdownWrite()
    case .reset:
      guard let resettable = stream as? any ResettableStream else {
        throw InvalidArgument("a reset of a stream that is no ResettableStream")
      }
      resettable.reset()
    }
  }
}
