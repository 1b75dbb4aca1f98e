import CCoreShift

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// The only door to the kernel: each function is one system call and gives its result or -errno.
///
/// EINTR is retried here wherever trying again is right.
enum SystemCall {
  @inline(__always)
  static func read(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    unsafe ccoreshift_read(descriptor, buffer.baseAddress, buffer.count)
  }

  @inline(__always)
  static func write(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
    unsafe ccoreshift_write(descriptor, buffer.baseAddress, buffer.count)
  }

  static func writeMaskingSignal(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
    unsafe ccoreshift_write_masked(descriptor, buffer.baseAddress, buffer.count)
  }

  static func read(
    _ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, at offset: Int64
  ) -> Int {
    unsafe ccoreshift_pread(descriptor, buffer.baseAddress, buffer.count, offset)
  }

  static func write(
    _ descriptor: Int32, _ buffer: UnsafeRawBufferPointer, at offset: Int64
  ) -> Int {
    unsafe ccoreshift_pwrite(descriptor, buffer.baseAddress, buffer.count, offset)
  }

  static func seek(_ descriptor: Int32, _ offset: Int64, from origin: SeekOrigin) -> Int64 {
    let whence =
      switch origin {
      case .start: SEEK_SET
      case .current: SEEK_CUR
      case .end: SEEK_END
      }
    return ccoreshift_seek(descriptor, offset, whence)
  }

  static func close(_ descriptor: Int32) -> Int32 { ccoreshift_close(descriptor) }

  static func duplicate(_ descriptor: Int32) -> Int32 { ccoreshift_duplicate(descriptor) }

  static func duplicate(_ descriptor: Int32, onto target: Int32, closeOnExec: Bool) -> Int32 {
    ccoreshift_duplicate_onto(descriptor, target, closeOnExec ? 1 : 0)
  }

  static func statusFlags(_ descriptor: Int32) -> Int32 { ccoreshift_status_flags(descriptor) }

  static func descriptorFlags(_ descriptor: Int32) -> Int32 {
    ccoreshift_descriptor_flags(descriptor)
  }

  static func setNonBlocking(_ descriptor: Int32, _ isOn: Bool) -> Int32 {
    ccoreshift_set_nonblocking(descriptor, isOn ? 1 : 0)
  }

  static func setCloseOnExec(_ descriptor: Int32, _ isOn: Bool) -> Int32 {
    ccoreshift_set_close_on_exec(descriptor, isOn ? 1 : 0)
  }

  /// Both ends close-on-exec; the result is 0 or -errno.
  static func pipe(
    nonBlocking: Bool
  ) -> (result: Int32, readEnd: Int32, writeEnd: Int32) {
    var ends: (Int32, Int32) = (-1, -1)
    let result = unsafe withUnsafeMutableBytes(of: &ends) { bytes in
      // SAFETY: a tuple of two Int32 has the layout of int[2].
      unsafe ccoreshift_pipe(
        bytes.assumingMemoryBound(to: Int32.self).baseAddress, nonBlocking ? 1 : 0)
    }
    return (result, ends.0, ends.1)
  }

  static var nonBlockingFlag: Int32 { O_NONBLOCK }
  static var closeOnExecFlag: Int32 { FD_CLOEXEC }
}
