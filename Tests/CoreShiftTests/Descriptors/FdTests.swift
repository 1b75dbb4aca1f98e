import CoreShift
import Glibc
import TestSupport
import Testing

/// Whether `number` is open and means the pipe, socket or file of `identity`.
private func identity(of number: Int32) -> ino_t? {
  var status = stat()
  guard unsafe fstat(number, &status) == 0 else { return nil }
  return status.st_ino
}

@Suite struct FdTests {
  @Test func `refuses a negative number`() {
    #expect(
      throws: CoreError(operation: "adopt", code: .badDescriptor, subject: .descriptor(-1))
    ) {
      _ = try Fd(adopting: -1)
    }
  }

  @Test func `closes when its owner ends`() throws {
    let pipe = try Pipe()
    let writer = pipe.writeEnd
    let file = identity(of: writer.rawValue)
    let number = writer.rawValue
    do {
      let copy = try writer.duplicate()
      #expect(identity(of: copy.rawValue) == file)
    }
    try writer.close()
    // The reader sees the end only when every copy is closed.
    var buffer: [UInt8] = [0]
    #expect(try pipe.readEnd.read(into: &buffer) == .end)
    #expect(number >= 0)
  }

  @Test func `release leaves the descriptor open`() throws {
    let pipe = try Pipe()
    let number = pipe.writeEnd.release()
    let again = try Fd(adopting: number)
    #expect(try again.write([1]) == .bytes(1))
    var buffer: [UInt8] = [0]
    #expect(try pipe.readEnd.read(into: &buffer) == .bytes(1))
  }

  @Test func `an explicit close reports what the kernel says`() throws {
    // A number that cannot be open: far above every limit.
    let error = #expect(throws: CoreError.self) { try Fd(adopting: Int32.max).close() }
    #expect(
      error
        == CoreError(
          operation: "close", code: .badDescriptor, subject: .descriptor(Int32.max)))
  }

  @Test func `a number that somebody else has closed traps at its owner's end`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let event = try EventDescriptor()
      close(event.descriptor.rawValue)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("was closed behind its owner's back"))
  }

  @Test func `a late failure of the device is told by an explicit close alone`() throws {
    try withRefusedCalls([RefusedCall(.close, with: EIO)]) {
      // What the filter keeps open goes with the table.
      try withOwnDescriptors {
        let event = try EventDescriptor()
        let number = event.descriptor.rawValue
        let error = #expect(throws: CoreError.self) { try Fd(adopting: number).close() }
        #expect(
          error == CoreError(operation: "close", code: .inputOutput, subject: .descriptor(number)))
        // The end of `event` fails without a word.
      }
    }
  }

  @Test func `an interrupted close has closed, and is not repeated`() throws {
    // Repeating it would go on for ever.
    try withRefusedCalls([RefusedCall(.close, with: EINTR)]) {
      try withOwnDescriptors {
        let pipe = try Pipe()
        let number = pipe.readEnd.release()
        try Fd(adopting: number).close()
      }
    }
  }

  @Test func `tells bytes, would-block and end apart`() throws {
    let pipe = try Pipe()
    let reader = pipe.readEnd
    let writer = pipe.writeEnd
    var buffer = [UInt8](repeating: 0, count: 4)
    #expect(try reader.read(into: &buffer) == .wouldBlock)
    #expect(try writer.write([9]) == .bytes(1))
    #expect(try reader.read(into: &buffer) == .bytes(1))
    #expect(try reader.read(into: &buffer) == .wouldBlock)
    try writer.close()
    #expect(try reader.read(into: &buffer) == .end)
    #expect(try reader.read(into: &buffer) == .end)
  }

  @Test func `an empty buffer is no end, and an empty write is none`() throws {
    let pipe = try Pipe()
    var nothing: [UInt8] = []
    #expect(try pipe.readEnd.read(into: &nothing) == .bytes(0))
    #expect(try pipe.writeEnd.write([]) == .bytes(0))
  }

  @Test func `a read of the wrong end is an error with its operation and number`() throws {
    let pipe = try Pipe()
    let number = pipe.writeEnd.rawValue
    let error = #expect(throws: CoreError.self) {
      var buffer: [UInt8] = [0]
      _ = try Fd.readOnce(number, into: &buffer)
    }
    #expect(
      error
        == CoreError(operation: "read", code: .badDescriptor, subject: .descriptor(number)))
  }

  @Test func `a full pipe takes a part and then would block`() throws {
    let pipe = try Pipe()
    let much = [UInt8](repeating: 7, count: 1 << 20)
    guard case .bytes(let taken) = try pipe.writeEnd.write(much) else {
      Issue.record("an empty pipe took nothing")
      return
    }
    #expect(taken > 0 && taken < much.count)
    #expect(try pipe.writeEnd.write(much) == .wouldBlock)
  }

  @Test func `changing the blocking mode keeps the other status flags`() throws {
    let path = "/tmp/coreshift-flags-\(getpid())"
    let number = unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    let file = try Fd(adopting: number)
    unsafe unlink(path)
    try file.setBlockingMode(.nonBlocking)
    #expect(fcntl(number, F_GETFL) & (O_APPEND | O_NONBLOCK) == O_APPEND | O_NONBLOCK)
    try file.setBlockingMode(.blocking)
    #expect(fcntl(number, F_GETFL) & (O_APPEND | O_NONBLOCK) == O_APPEND)
    try file.setExecMode(.inherited)
    #expect(try file.execMode == .inherited)
    #expect(fcntl(number, F_GETFL) & O_APPEND == O_APPEND)
    try file.setExecMode(.closed)
    #expect(try file.execMode == .closed)
  }

  @Test func `a duplicate is another number, close-on-exec, for the same file`() throws {
    let pipe = try Pipe()
    let copy = try pipe.readEnd.duplicate()
    #expect(copy.rawValue != pipe.readEnd.rawValue)
    #expect(try copy.execMode == .closed)
    #expect(identity(of: copy.rawValue) == identity(of: pipe.readEnd.rawValue))
  }

  @Test func `duplicating onto a number replaces what it meant`() throws {
    let first = try Pipe()
    let second = try Pipe()
    let target = second.readEnd.rawValue
    try first.readEnd.duplicate(onto: target, .inherited)
    #expect(try second.readEnd.execMode == .inherited)
    #expect(identity(of: target) == identity(of: first.readEnd.rawValue))
    // Onto itself, only the exec mode changes.
    try second.readEnd.duplicate(onto: target, .closed)
    #expect(try second.readEnd.execMode == .closed)
    #expect(identity(of: target) == identity(of: first.readEnd.rawValue))
  }

  @Test func `a number beyond the limit is named, and not the descriptor that is open`() throws {
    let pipe = try Pipe()
    let expected = CoreError(
      operation: "dup3", code: .badDescriptor, subject: .descriptor(.max))
    #expect(throws: expected) { try pipe.readEnd.duplicate(onto: .max, .closed) }
    let closed = try Fd(adopting: .max - 1)
    let other = CoreError(
      operation: "dup3", code: .badDescriptor, subject: .descriptor(.max - 1))
    #expect(throws: other) { try closed.duplicate(onto: .max, .closed) }
    _ = closed.release()
  }
}

extension Fd {
  /// Reads through a second owner that does not close; for numbers that a closure must capture.
  static func readOnce(
    _ number: Int32, into buffer: inout [UInt8]
  ) throws(CoreError) -> ReadOutcome {
    let borrowed = try Fd(adopting: number)
    do throws(CoreError) {
      let outcome = try borrowed.read(into: &buffer)
      _ = borrowed.release()
      return outcome
    } catch {
      _ = borrowed.release()
      throw error
    }
  }
}
