#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// Where a byte is, found as fast as libc finds it: `memchr(3)`.
package enum ByteSearch {
  /// The offset of the first `byte`, or nil.
  package static func firstIndex(of byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int? {
    // SAFETY: `memchr` looks at these bytes alone, and its answer points to one of them.
    guard let start = bytes.baseAddress,
      let found = unsafe memchr(start, Int32(byte), bytes.count)
    else { return nil }
    return unsafe UnsafeRawPointer(found) - start
  }
}
