internal import GreenThreads

/// Reads `source` to its end, and writes everything to `target`.
///
/// Parks.
///
/// Neither is closed, and the end is not passed on: `target.shutdownWrite()` does that. Others run
/// after every 64 KiB, or 256 KiB between sockets. The bytes stay in the kernel
/// - between a pipe and another pipe, a socket or a terminal: `splice(2)`;
/// - between two sockets, through a pipe of 256 KiB once there are many;
/// - from a ``File`` of more than 64 KiB to a socket or a pipe: `sendfile(2)`, 1 MiB at a time;
/// - from one ``File`` to another: `copy_file_range(2)`, 16 MiB at a time.
///
/// Otherwise, and where the kernel refuses, they go through a buffer of 64 KiB. Files are copied by
/// the pool's workers, with a look at cancellation in between. From a file into the same file, what
/// it had at the beginning is copied.
///
/// - Returns: how many bytes.
/// - Throws: what reading and writing throw; `CoreError` with EINVAL for a file over a part of
///   itself that is still to be copied. How much was taken is then known only to
///   ``copy(from:to:counting:)``.
@discardableResult
public func copy(
  from source: any ReadableStream, to target: any WritableStream
) throws -> Int {
  var count = 0
  try copy(from: source, to: target, counting: &count)
  return count
}

/// Reads `source` to its end, writes everything to `target`, and counts what that has taken.
///
/// Parks.
///
/// `count` begins where the caller has set it, and is right also when this throws: so many bytes
/// will be delivered. What had been read and not been taken, at most 256 KiB, is lost then.
///
/// - Throws: what reading and writing throw, as it is.
public func copy(
  from source: any ReadableStream, to target: any WritableStream, counting count: inout Int
) throws {
  let file = source as? File
  if let file, let other = target as? File {
    if let end = try file.endOfCopy(to: other) {
      return try copy(from: FilePart(of: file, upTo: end), to: other, counting: &count)
    }
    if try file.copyRest(to: other, counting: &count) { return }
  }
  if let from = (source as? any DescriptorStream)?.streamDescriptor,
    let to = (target as? any DescriptorStream)?.streamDescriptor,
    try from.splice(to: to, counting: &count)
  {
    return
  }
  var sockets = (source as? any DescriptorStream)?.streamDescriptor.flatMap { from in
    (target as? any DescriptorStream)?.streamDescriptor.map { (from, $0) }
  }
  var buffer = [UInt8](repeating: 0, count: bytesPerCopy)
  // A small file is not worth a worker's time.
  var sink = file == nil ? nil : (target as? any DescriptorStream)?.streamDescriptor
  while case let length = try source.read(into: &buffer), length > 0 {
    do {
      var taken = 0
      defer { count += taken }
      // SAFETY: `bytes` of a span is unsafe for types with padding, which UInt8 has not.
      try unsafe target.write(buffer.span.bytes.extracting(first: length), counting: &taken)
    }
    guard length == bytesPerCopy else { continue }
    if let file, let descriptor = sink.take() {
      if try file.send(to: descriptor, counting: &count) { return }
    } else if let (from, to) = sockets.take() {
      try from.relay(to: to, counting: &count)
    }
  }
}

/// What is moved at once, and after which others run.
let bytesPerCopy = 64 << 10
