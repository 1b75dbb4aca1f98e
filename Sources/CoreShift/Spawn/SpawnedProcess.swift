/// A process that has just begun to execute, and the parent's ends of its pipes.
///
/// Take the parts out with `take()`; what is left is closed, and the process ended, when this
/// goes.
@frozen
public struct SpawnedProcess: ~Copyable, Sendable {
  /// The process.
  public var process: ProcessDescriptor
  /// Where the child's input is written, until closing it ends it; nil unless a pipe.
  public var standardInput: Fd?
  /// Where the child's output is read; nil unless a pipe.
  public var standardOutput: Fd?
  /// Where the child's error output is read; nil unless a pipe.
  public var standardError: Fd?
  /// What the child prints to and reads from; nil unless a stream is a terminal.
  public var terminal: PseudoTerminal?
  /// Nil unless ``SpawnOptions/holdsOutputsOpen`` asked for them.
  package var heldOutputs: HeldOutputs?
  /// Whether its end was seen already.
  package var hasEnded = false

  init(
    process: consuming ProcessDescriptor, standardInput: consuming Fd?,
    standardOutput: consuming Fd?, standardError: consuming Fd?,
    terminal: consuming PseudoTerminal?
  ) {
    self.process = process
    self.standardInput = standardInput
    self.standardOutput = standardOutput
    self.standardError = standardError
    self.terminal = terminal
  }
}
