import CoreShift
import TestSupport
import Testing

@Suite struct FdWholeTests {
  @Test func `reads on over partial reads until the buffer is full`() throws {
    let pipe = try Pipe()
    var buffer = [UInt8](repeating: 0, count: 4)
    var moved = 0
    #expect(try pipe.readEnd.readFull(into: &buffer, moved: &moved) == .wouldBlock)
    #expect(moved == 0)
    #expect(try pipe.writeEnd.write([1, 2, 3]) == .bytes(3))
    #expect(try pipe.readEnd.readFull(into: &buffer, moved: &moved) == .wouldBlock)
    #expect(moved == 3)
    #expect(try pipe.writeEnd.write([4, 5]) == .bytes(2))
    #expect(try pipe.readEnd.readFull(into: &buffer, moved: &moved) == .full)
    #expect(moved == 4)
    #expect(buffer == [1, 2, 3, 4])
    // Full already: nothing is read.
    #expect(try pipe.readEnd.readFull(into: &buffer, moved: &moved) == .full)
    moved = 0
    #expect(try pipe.readEnd.readFull(into: &buffer, moved: &moved) == .wouldBlock)
    #expect(moved == 1)
  }

  @Test func `the end comes with the count of what there was`() throws {
    let pipe = try Pipe()
    let writer = pipe.writeEnd
    #expect(try writer.write([1, 2]) == .bytes(2))
    try writer.close()
    var buffer = [UInt8](repeating: 0, count: 4)
    var moved = 0
    #expect(try pipe.readEnd.readFull(into: &buffer, moved: &moved) == .end)
    #expect(moved == 2)
  }

  @Test func `writes on where it would have blocked, and every byte once`() throws {
    let pipe = try Pipe()
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    var found: [UInt8] = []
    var written = 0
    while try pipe.writeEnd.writeAll(bytes, moved: &written) == .wouldBlock {
      var buffer = [UInt8](repeating: 0, count: 50_000)
      var moved = 0
      _ = try pipe.readEnd.readFull(into: &buffer, moved: &moved)
      found += buffer[..<moved]
    }
    #expect(written == bytes.count)
    var rest = [UInt8](repeating: 0, count: bytes.count)
    var moved = 0
    #expect(try pipe.readEnd.readFull(into: &rest, moved: &moved) == .wouldBlock)
    #expect(found + rest[..<moved] == bytes)
  }

  @Test func `on a blocking descriptor it waits for all of it`() throws {
    let pipe = try Pipe(readEnd: .blocking, writeEnd: .blocking)
    let bytes = [UInt8](repeating: 9, count: 1 << 20)
    let number = pipe.writeEnd.rawValue
    let thread = HelperThread {
      var written = 0
      let outcome = try? Fd.borrowing(number) { fd throws(CoreError) in
        try fd.writeAll(bytes, moved: &written)
      }
      #expect(outcome == .all && written == bytes.count)
    }
    var buffer = [UInt8](repeating: 0, count: bytes.count)
    var moved = 0
    #expect(try pipe.readEnd.readFull(into: &buffer, moved: &moved) == .full)
    #expect(buffer == bytes)
    thread.join()
  }

  @Test func `an error comes with the count of what was moved before it`() throws {
    // Of its own, so that no child of another test holds a copy of the end that goes.
    try withOwnDescriptors {
      let pipe = try Pipe()
      let writer = pipe.writeEnd
      let bytes = [UInt8](repeating: 1, count: 1 << 20)
      var moved = 0
      #expect(try writer.writeAll(bytes, moved: &moved) == .wouldBlock)
      let before = moved
      #expect(before > 0)
      try pipe.readEnd.close()
      let outcome = Result { () throws(CoreError) in try writer.writeAll(bytes, moved: &moved) }
      #expect(
        outcome
          == .failure(
            CoreError(operation: "write", code: .brokenPipe, subject: .descriptor(writer.rawValue)))
      )
      #expect(moved == before)
    }
  }

  @Test(arguments: [-1, 5])
  func `a count outside of the buffer is an error`(count: Int) throws {
    let pipe = try Pipe()
    var buffer = [UInt8](repeating: 0, count: 4)
    var moved = count
    let reading = Result { () throws(CoreError) in
      try pipe.readEnd.readFull(into: &buffer, moved: &moved)
    }
    let expected = CoreError(
      operation: "read", code: .invalidArgument, subject: .argument("moved"))
    #expect(reading == .failure(expected))
    let writing = Result { () throws(CoreError) in
      try pipe.writeEnd.writeAll(buffer, moved: &moved)
    }
    #expect(
      writing
        == .failure(
          CoreError(operation: "write", code: .invalidArgument, subject: .argument("moved"))))
    #expect(moved == count)
  }

  @Test func `an empty buffer is full at once`() throws {
    let pipe = try Pipe()
    var buffer: [UInt8] = []
    var moved = 0
    #expect(try pipe.readEnd.readFull(into: &buffer, moved: &moved) == .full)
    #expect(try pipe.writeEnd.writeAll(buffer, moved: &moved) == .all)
  }
}
