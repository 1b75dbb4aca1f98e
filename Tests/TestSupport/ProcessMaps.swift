private import Glibc

/// The number of memory mappings of this process.
public func mappingCount() -> Int {
  guard let file = unsafe fopen("/proc/self/maps", "r") else { return -1 }
  defer { unsafe fclose(file) }
  var count = 0
  while true {
    let character = unsafe getc(file)
    if character == EOF { return count }
    if character == 10 { count += 1 }
  }
}

/// How many pages of memory this process has in use.
public func residentPageCount() -> Int {
  guard let file = unsafe fopen("/proc/self/statm", "r") else { return -1 }
  defer { unsafe fclose(file) }
  var fields: [Int] = [0]
  while fields.count <= 2 {
    let character = unsafe getc(file)
    if character == EOF { return -1 }
    if (48...57).contains(character) {
      fields[fields.count - 1] = fields[fields.count - 1] * 10 + Int(character - 48)
    } else {
      fields.append(0)
    }
  }
  return fields[1]
}

/// Forbids this process more than `byteCount` bytes of address space beyond what it has.
public func limitAddressSpace(toFurther byteCount: Int) {
  var pages = 0
  if let file = unsafe fopen("/proc/self/statm", "r") {
    while true {
      let character = unsafe getc(file)
      guard (48...57).contains(character) else { break }
      pages = pages * 10 + Int(character - 48)
    }
    unsafe fclose(file)
  }
  var limit = rlimit()
  unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
  limit.rlim_cur = rlim_t(pages * Int(getpagesize()) + byteCount)
  unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
}

/// How many frames a walk of the caller's stack by its unwind tables finds, at most `limit`.
public func backtraceDepth(upTo limit: Int) -> Int {
  typealias Backtrace =
    @convention(c) (
      UnsafeMutablePointer<UnsafeMutableRawPointer?>?, Int32
    ) -> Int32
  guard let symbol = unsafe dlsym(nil, "backtrace") else { return limit }
  let backtrace = unsafe unsafeBitCast(symbol, to: Backtrace.self)
  var frames = unsafe [UnsafeMutableRawPointer?](repeating: nil, count: limit)
  return unsafe Int(backtrace(&frames, Int32(limit)))
}

/// Writes one byte past the end of a variable on the stack, for AddressSanitizer to find.
@inline(never)
public func overflowStackBuffer(by excess: Int) -> UInt8 {
  var buffer: (UInt64, UInt64, UInt64, UInt64) = (1, 2, 3, 4)
  return unsafe withUnsafeMutableBytes(of: &buffer) { bytes in
    if let base = bytes.baseAddress { unsafe memset(base, 0, bytes.count + excess) }
    return unsafe bytes[0]
  }
}

/// Sets an environment variable of this process, which should be one that ends soon.
public func setEnvironment(_ name: String, _ value: String) {
  unsafe setenv(name, value, 1)
}

/// The most memory that this process has had at a time.
public func peakResidentBytes() -> Int {
  var usage = rusage()
  unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss << 10
}
