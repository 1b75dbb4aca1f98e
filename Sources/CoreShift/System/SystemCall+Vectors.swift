import CCoreShift

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

// SAFETY: the pieces are the caller's, and outlive the call. The kernel writes only into those
// that come from mutable buffers, since only `readv` gets them.

extension SystemCall {
  /// Fills the pieces in their order; nil, without a system call, when there is no room in them.
  static func read(
    _ descriptor: Int32, scattering pieces: [UnsafeMutableRawBufferPointer]
  ) -> Int? {
    unsafe withVector(pieces.count, { unsafe (pieces[$0].baseAddress, pieces[$0].count) }) {
      unsafe ccoreshift_read_vector(descriptor, $0, $1)
    }
  }

  /// Writes the pieces in their order; nil, without a system call, when they are all empty.
  static func write(_ descriptor: Int32, gathering pieces: [UnsafeRawBufferPointer]) -> Int? {
    let piece = { (index: Int) in
      unsafe (UnsafeMutableRawPointer(mutating: pieces[index].baseAddress), pieces[index].count)
    }
    return unsafe withVector(pieces.count, piece) {
      unsafe ccoreshift_write_vector(descriptor, $0, $1)
    }
  }

  /// Sends the pieces in their order; nil, without a system call, when they are all empty.
  static func send(_ descriptor: Int32, gathering pieces: [UnsafeRawBufferPointer]) -> Int? {
    let piece = { (index: Int) in
      unsafe (UnsafeMutableRawPointer(mutating: pieces[index].baseAddress), pieces[index].count)
    }
    return unsafe withVector(pieces.count, piece) {
      unsafe ccoreshift_send_vector(descriptor, $0, $1)
    }
  }

  /// Lends as many pieces as one call may have, of those that are not empty; nil for none.
  private static func withVector(
    _ count: Int, _ piece: (Int) -> (UnsafeMutableRawPointer?, Int),
    _ body: (UnsafePointer<iovec>?, Int32) -> Int
  ) -> Int? {
    let limit = Int(CCORESHIFT_VECTOR_LIMIT)
    return unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: min(count, limit)) {
      vector in
      var used = 0
      for index in 0..<count where used < limit {
        let (start, length) = unsafe piece(index)
        guard length > 0 else { continue }
        unsafe vector.initializeElement(at: used, to: iovec(iov_base: start, iov_len: length))
        used += 1
      }
      return unsafe used > 0 ? body(vector.baseAddress, Int32(used)) : nil
    }
  }
}
