import CCoreShift

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

// SAFETY: texts end with a NUL and are lent for the length of a call; a buffer goes with its size.

extension SystemCall {
  /// Stands for the working directory, where a descriptor of a directory is asked for.
  static var workingDirectory: Int32 { AT_FDCWD }

  static func open(
    _ path: RawString, in directory: Int32, flags: Int32, permissions: UInt32
  ) -> Int32 {
    unsafe path.withTerminated { text in
      unsafe ccoreshift_open_at(directory, text, flags, permissions)
    }
  }

  /// Records of entries, as getdents64 writes them; the count of bytes, 0 at the end.
  static func readEntries(_ directory: Int32, into buffer: inout [UInt8]) -> Int {
    unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe ccoreshift_read_entries(directory, bytes.baseAddress, bytes.count)
    }
  }

  static func makeDirectory(
    _ path: RawString, in directory: Int32, permissions: UInt32
  ) -> Int32 {
    unsafe path.withTerminated { text in
      unsafe ccoreshift_make_directory(directory, text, permissions)
    }
  }

  static func removeFile(_ path: RawString, in directory: Int32) -> Int32 {
    unsafe path.withTerminated { text in unsafe ccoreshift_remove_file(directory, text) }
  }

  static func removeDirectory(_ path: RawString, in directory: Int32) -> Int32 {
    unsafe path.withTerminated { text in unsafe ccoreshift_remove_directory(directory, text) }
  }

  static func rename(
    _ path: RawString, in directory: Int32, to target: RawString, in targetDirectory: Int32,
    replaces: Bool
  ) -> Int32 {
    unsafe path.withTerminated { text in
      unsafe target.withTerminated { targetText in
        unsafe ccoreshift_rename(directory, text, targetDirectory, targetText, replaces ? 1 : 0)
      }
    }
  }
}
