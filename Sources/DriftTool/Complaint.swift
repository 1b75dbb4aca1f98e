import Drift

/// Writes one line to standard error.
///
/// If that fails there is nobody to tell.
func complain(_ message: String) {
  let line = "drift: " + message.split(separator: "\n").joined(separator: " ") + "\n"
  _ = try? Fd.borrowing(2) { standardError throws(CoreError) in
    try standardError.write(Array(line.utf8))
  }
}

/// Opens `/dev/null` for the wrong direction where a standard descriptor is closed.
///
/// Else the event loop's own descriptors would take these numbers, and output meant for a closed
/// stream would go into them. This way it fails, with EBADF, as it does for a closed one.
func fillClosedStandardDescriptors() {
  for number: Int32 in 0...2 where (try? Fd.kind(of: number)) == nil {
    guard let null = try? Fd(opening: "/dev/null", for: number == 0 ? .writing : .reading) else {
      return
    }
    _ = null.release()
  }
}
