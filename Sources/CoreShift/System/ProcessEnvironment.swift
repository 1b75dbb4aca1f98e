#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// The environment of this process.
public enum ProcessEnvironment {
  /// A copy of the variable's value; nil when it is not there, or cannot be a name.
  ///
  /// `getenv`: no other OS thread may change the environment (`setenv`) meanwhile.
  public static func value(of name: RawString) -> RawString? {
    var value: [UInt8]?
    guard !name.bytes.contains(UInt8(ascii: "=")) else { return nil }
    _ = unsafe name.withTerminated { text in
      guard let found = unsafe getenv(text) else { return 0 }
      // SAFETY: a value ends with NUL, and is copied before anybody can change it.
      let bytes = unsafe UnsafeRawBufferPointer(start: found, count: strlen(found))
      value = unsafe Array(bytes)
      return 0
    }
    return value.map { RawString(bytes: $0) }
  }
}
