extension WritableStream {
  /// Traps unless ``writeSome(_:)`` has kept its word: of a non-empty `room` it takes at least one
  /// byte, or else whoever writes all of them would try for ever, and no more than there are.
  @inlinable
  @inline(__always)
  func requireTaken(_ count: Int, of room: Int) {
    if !(1...max(room, 1) ~= count) { refuseTaken(count, of: room) }
  }
}

@usableFromInline
@inline(never)
func refuseTaken(_ count: Int, of room: Int) -> Never {
  fatalError("a stream has taken \(count) of \(room) bytes: `writeSome` takes from one to all")
}
