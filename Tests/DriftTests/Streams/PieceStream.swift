import Drift

/// Gives `pieces`, one at each read, and takes at most `room` bytes at each write.
final class PieceStream: DuplexStream {
  struct Broken: Error {}

  private(set) var pieces: [[UInt8]]
  private(set) var taken: [UInt8] = []
  private let room: Int
  /// The write after so many bytes fails.
  private let breaksAfter: Int

  init(_ pieces: [String] = [], room: Int = 3, breaksAfter: Int = .max) {
    self.pieces = pieces.map { Array($0.utf8) }
    self.room = room
    self.breaksAfter = breaksAfter
  }

  func read(into buffer: inout MutableRawSpan) throws -> Int {
    if buffer.byteCount == 0 || pieces.isEmpty { return 0 }
    let piece = pieces[0].prefix(buffer.byteCount)
    for (offset, byte) in piece.enumerated() {
      buffer.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }
    pieces[0].removeFirst(piece.count)
    if pieces[0].isEmpty { pieces.removeFirst() }
    return piece.count
  }

  func writeSome(_ bytes: RawSpan) throws -> Int {
    if taken.count >= breaksAfter { throw Broken() }
    let count = min(bytes.byteCount, room)
    unsafe bytes.withUnsafeBytes { unsafe taken.append(contentsOf: $0[..<count]) }
    return count
  }

  func shutdownWrite() {}
  func close() {}
}
