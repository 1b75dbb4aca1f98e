internal import CoreShift
internal import GreenThreads

/// Writes the bytes that a command gives as input, and then the end.
///
/// A child that does not want it all is fine.
final class InputFeed {
  private let pipe: Descriptor
  private var rest: ArraySlice<UInt8>

  /// Writes what fits into the pipe at once; nil when that was all, and the input has ended.
  init?(_ bytes: [UInt8], into pipe: Descriptor) {
    self.pipe = pipe
    rest = bytes[...]
    do {
      while !rest.isEmpty {
        let outcome = try unsafe rest.withUnsafeBytes { buffer in
          try pipe.withDescriptor { descriptor throws(CoreError) in
            try unsafe descriptor.write(buffer)
          }
        }
        guard case .bytes(let count) = outcome else { return }
        rest = rest.dropFirst(count)
      }
    } catch {}
    pipe.close()
    return nil
  }

  /// Writes the rest.
  ///
  /// Parks, also when cancelled: the child's end, which closes the pipe, ends this.
  func run() {
    defer { pipe.close() }
    try? withCancellationShield { try pipe.write(rest) }
  }

  /// Writes the rest on a green thread of nobody's, until the body of `run` returns.
  func runByItself(for pid: Int32) {
    GreenThread.spawn(name: "input of \(pid)") { [self] in
      defer { pipe.close() }
      do {
        try pipe.write(rest)
      } catch is CoreError {
      } catch is ResourceClosed {}
    }
  }
}
