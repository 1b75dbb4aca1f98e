import CCoreShift

extension SystemCall {
  static func watchesDescriptor() -> Int32 { ccoreshift_watches_open() }

  /// The number of the watch; EINVAL for a path with a NUL in it.
  static func addWatch(_ watches: Int32, _ path: RawString, bits: UInt32) -> Int32 {
    unsafe path.withTerminated { text in unsafe ccoreshift_watches_add(watches, text, bits) }
  }

  static func removeWatch(_ watches: Int32, _ watch: Int32) -> Int32 {
    ccoreshift_watches_remove(watches, watch)
  }

  static func listDirectory(_ directory: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int32 {
    unsafe ccoreshift_watches_list(directory, buffer.baseAddress, buffer.count)
  }
}
