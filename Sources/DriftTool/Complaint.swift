import Drift
import Glibc

/// Writes one line to standard error. If that fails there is nobody to tell.
func complain(_ message: String) {
  let line = "drift: " + message.split(separator: "\n").joined(separator: " ") + "\n"
  _ = try? Fd.borrowing(2) { standardError throws(CoreError) in
    try standardError.write(Array(line.utf8))
  }
}

func endProcess(_ status: Int32) -> Never {
  exit(status)
}
