/// Takes a child's output as it comes, in place of keeping it.
///
/// It is given every byte once it says ``SinkAnswer/taken``, in order for each stream, in chunks
/// of at most 64 KiB. A chunk is only lent. It must not wait: it runs inside the caller's loop.
public typealias OutputSink = (_ stream: DrainedStream, _ chunk: Span<UInt8>) -> SinkAnswer

/// What a sink says to a chunk.
public enum SinkAnswer: Hashable, Sendable {
  /// The chunk was taken; the next one may come.
  case taken
  /// Not now: nothing of it was taken.
  ///
  /// The chunk is held and neither output is read, so that the child is held back by its full
  /// pipe, until ``DrainState/resume(on:)`` gives the same chunk again.
  case pause
}
