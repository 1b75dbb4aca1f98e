/// A new pipe: what is written to one end is read from the other.
///
/// Both ends are close-on-exec. Take them out of a value of your own:
/// `let pipe = try Pipe(); let reader = pipe.readEnd`.
@frozen
public struct Pipe: ~Copyable, Sendable {
  /// Where bytes come out; its end of file comes once every copy of the other end is closed.
  public let readEnd: Fd
  /// Where bytes go in.
  public let writeEnd: Fd

  /// Makes a pipe by `pipe2(O_CLOEXEC)`; an end that a child is to have should be blocking.
  public init(
    readEnd readMode: BlockingMode = .nonBlocking, writeEnd writeMode: BlockingMode = .nonBlocking
  ) throws(CoreError) {
    let bothWait = readMode == .blocking && writeMode == .blocking
    let (result, readNumber, writeNumber) = SystemCall.pipe(nonBlocking: !bothWait)
    try check(result, "pipe2", .none)
    let reader = Fd(owning: readNumber)
    let writer = Fd(owning: writeNumber)
    if !bothWait {
      if readMode == .blocking { try reader.setBlockingMode(.blocking) }
      if writeMode == .blocking { try writer.setBlockingMode(.blocking) }
    }
    readEnd = reader
    writeEnd = writer
  }
}
