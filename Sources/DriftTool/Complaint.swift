import Glibc

/// Writes one line to standard error. If that fails there is nobody to tell.
func complain(_ message: String) {
  fputs("drift: " + message.split(separator: "\n").joined(separator: " ") + "\n", stderr)
}

func exit(withStatus code: Int32) -> Never {
  exit(code)
}
