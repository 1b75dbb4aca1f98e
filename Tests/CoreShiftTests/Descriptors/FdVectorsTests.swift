import CoreShift
import TestSupport
import Testing

@Suite struct FdVectorsTests {
  /// Writes the pieces in one call.
  private func write(_ pieces: [[UInt8]], to fd: borrowing Fd) throws(CoreError) -> WriteOutcome {
    var copies: [UnsafeRawBufferPointer] = unsafe []
    for piece in pieces {
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count, alignment: 1)
      unsafe copy.copyBytes(from: piece)
      unsafe copies.append(UnsafeRawBufferPointer(copy))
    }
    defer { for index in unsafe copies.indices { unsafe copies[index].deallocate() } }
    return try unsafe fd.write(gathering: copies)
  }

  /// Reads in one call into places of these sizes, and returns what has come into each.
  private func read(
    _ sizes: [Int], from fd: borrowing Fd
  ) throws(CoreError) -> (outcome: ReadOutcome, pieces: [[UInt8]]) {
    var places: [UnsafeMutableRawBufferPointer] = unsafe []
    for size in sizes {
      let place = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
      _ = unsafe place.initializeMemory(as: UInt8.self, repeating: 0)
      unsafe places.append(place)
    }
    defer { for index in unsafe places.indices { unsafe places[index].deallocate() } }
    let outcome = try unsafe fd.read(scatteringInto: places)
    return unsafe (outcome, places.indices.map { unsafe Array(places[$0]) })
  }

  @Test func `gathers the pieces in their order and scatters them into others`() throws {
    let pipe = try Pipe()
    #expect(try write([[1, 2], [], [3], [4, 5, 6]], to: pipe.writeEnd) == .bytes(6))
    let (outcome, pieces) = try read([1, 0, 3, 4], from: pipe.readEnd)
    #expect(outcome == .bytes(6))
    #expect(pieces == [[1], [], [2, 3, 4], [5, 6, 0, 0]])
  }

  @Test func `nothing to write and no room to read are no bytes, and no end`() throws {
    let pipe = try Pipe()
    #expect(try write([], to: pipe.writeEnd) == .bytes(0))
    #expect(try write([[], []], to: pipe.writeEnd) == .bytes(0))
    #expect(try read([], from: pipe.readEnd).outcome == .bytes(0))
    #expect(try read([0, 0], from: pipe.readEnd).outcome == .bytes(0))
  }

  @Test func `tells would-block and the end`() throws {
    let pipe = try Pipe()
    let writer = pipe.writeEnd
    #expect(try read([1, 1], from: pipe.readEnd).outcome == .wouldBlock)
    try writer.close()
    #expect(try read([1, 1], from: pipe.readEnd).outcome == .end)
  }

  @Test func `of more pieces than the kernel takes the rest is left`() throws {
    let pipe = try Pipe()
    let pieces = [[UInt8]](repeating: [7], count: 1500)
    #expect(try write(pieces, to: pipe.writeEnd) == .bytes(1024))
    // Empty places count for nothing: behind two thousand of them there is room.
    let sizes = [Int](repeating: 0, count: 2000) + [2000]
    #expect(try read(sizes, from: pipe.readEnd).outcome == .bytes(1024))
  }

  @Test func `a full pipe takes a part, and then would block`() throws {
    let pipe = try Pipe()
    let half = [UInt8](repeating: 1, count: 1 << 19)
    guard case .bytes(let taken) = try write([half, half], to: pipe.writeEnd) else {
      Issue.record("an empty pipe took nothing")
      return
    }
    #expect(taken > 0 && taken < 1 << 20)
    #expect(try write([half, half], to: pipe.writeEnd) == .wouldBlock)
  }

  @Test func `a reader that has gone is an error and no signal`() throws {
    // Of its own, so that no child of another test holds a copy of the end that goes.
    try withOwnDescriptors {
      let pipe = try Pipe()
      let writer = pipe.writeEnd
      try pipe.readEnd.close()
      let outcome = Result { () throws(CoreError) in try write([[1], [2]], to: writer) }
      #expect(
        outcome
          == .failure(
            CoreError(
              operation: "writev", code: .brokenPipe, subject: .descriptor(writer.rawValue))))
    }
  }

  @Test func `a header and a body go out together`() throws {
    let pipe = try Pipe()
    let header: [UInt8] = [1, 2]
    let body: [UInt8] = [3]
    let outcome = try unsafe pipe.writeEnd.write(header.span.bytes, then: body.span.bytes)
    #expect(outcome == .bytes(3))
    var buffer = [UInt8](repeating: 0, count: 4)
    #expect(try pipe.readEnd.read(into: &buffer) == .bytes(3))
    #expect(buffer == [1, 2, 3, 0])
  }
}
