import CoreShift
import Testing

@Suite struct PipeTests {
  @Test func `makes both ends close-on-exec and non-blocking`() throws {
    let pipe = try Pipe()
    #expect(try pipe.readEnd.execMode == .closed)
    #expect(try pipe.writeEnd.execMode == .closed)
    #expect(try pipe.readEnd.blockingMode == .nonBlocking)
    #expect(try pipe.writeEnd.blockingMode == .nonBlocking)
  }

  @Test func `leaves the child's end blocking when asked`() throws {
    let output = try Pipe(writeEnd: .blocking)
    #expect(try output.readEnd.blockingMode == .nonBlocking)
    #expect(try output.writeEnd.blockingMode == .blocking)
    let input = try Pipe(readEnd: .blocking)
    #expect(try input.readEnd.blockingMode == .blocking)
    #expect(try input.writeEnd.blockingMode == .nonBlocking)
    let both = try Pipe(readEnd: .blocking, writeEnd: .blocking)
    #expect(try both.readEnd.blockingMode == .blocking)
    #expect(try both.writeEnd.blockingMode == .blocking)
  }

  @Test func `holds as many bytes as it was told, in whole pages`() throws {
    let pipe = try Pipe()
    #expect(try pipe.readEnd.pipeCapacity == 64 << 10)
    #expect(try pipe.writeEnd.setPipeCapacity(100_000) == 128 << 10)
    #expect(try pipe.readEnd.pipeCapacity == 128 << 10)
    let bytes = [UInt8](repeating: 0, count: 200_000)
    #expect(try pipe.writeEnd.write(bytes) == .bytes(128 << 10))
    #expect(try pipe.writeEnd.write(bytes) == .wouldBlock)
  }

  @Test(arguments: [Int.min, -1, 0, 1 << 31 + 1, Int.max])
  func `a size that no pipe has is refused, and changes nothing`(size: Int) throws {
    let pipe = try Pipe()
    let expected = CoreError(
      operation: "fcntl_setpipe_sz", code: .invalidArgument,
      subject: .descriptor(pipe.readEnd.rawValue))
    #expect(throws: expected) { try pipe.readEnd.setPipeCapacity(size) }
    #expect(try pipe.readEnd.pipeCapacity == 64 << 10)
    #expect(try pipe.readEnd.setPipeCapacity(1) > 0)
  }

  @Test func `carries bytes from one end to the other`() throws {
    let pipe = try Pipe()
    #expect(try pipe.writeEnd.write([1, 2, 3]) == .bytes(3))
    var buffer = [UInt8](repeating: 0, count: 8)
    #expect(try pipe.readEnd.read(into: &buffer) == .bytes(3))
    #expect(buffer == [1, 2, 3, 0, 0, 0, 0, 0])
  }

  @Test func `gives up its ends one by one`() throws {
    let pipe = try Pipe()
    let reader = pipe.readEnd
    let writer = pipe.writeEnd
    try writer.close()
    var buffer: [UInt8] = [0]
    #expect(try reader.read(into: &buffer) == .end)
  }
}
