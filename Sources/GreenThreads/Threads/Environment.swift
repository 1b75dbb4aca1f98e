internal import CGreenThreads

/// The number in an environment variable; nil when the variable is not set.
///
/// Traps when it holds anything else: whoever set it wants it used.
func environmentNumber(_ name: StaticString) -> UInt64? {
  // SAFETY: the text of a static string ends with a zero, and the value is copied at once.
  let value = unsafe name.utf8Start.withMemoryRebound(to: CChar.self, capacity: 1) {
    unsafe cgreenthreads_environment_value($0)
  }
  guard let value = unsafe value else { return nil }
  let text = unsafe String(cString: value)
  guard let number = UInt64(text) else {
    fatalError("\(name)=\(text) is no number from 0 to \(UInt64.max): set one, or unset it")
  }
  return number
}
