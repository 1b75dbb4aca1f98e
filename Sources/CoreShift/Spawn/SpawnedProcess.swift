/// A process that has just begun to execute, and the parent's ends of its pipes.
///
/// Take the parts out with `take()`; what is left is closed, and the process ended, when this
/// goes.
@frozen
public struct SpawnedProcess: ~Copyable {
  /// The process.
  public var process: ProcessDescriptor
  /// Where the child's input is written, until closing it ends it; nil unless a pipe.
  public var standardInput: Fd?
  /// Where the child's output is read; nil unless a pipe.
  public var standardOutput: Fd?
  /// Where the child's error output is read; nil unless a pipe.
  public var standardError: Fd?

  init(
    process: consuming ProcessDescriptor, standardInput: consuming Fd?,
    standardOutput: consuming Fd?, standardError: consuming Fd?
  ) {
    self.process = process
    self.standardInput = standardInput
    self.standardOutput = standardOutput
    self.standardError = standardError
  }
}
