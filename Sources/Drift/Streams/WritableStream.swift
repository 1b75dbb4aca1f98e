/// Where bytes go: a connection, a pipe, a terminal, memory.
///
/// One green thread may write at a time; another may ``close()`` the stream meanwhile. Every stream
/// behaves alike:
/// - What has been taken before ``shutdownWrite()`` or ``close()`` is delivered to whoever reads
///   on, and then the end.
/// - Writing nothing succeeds at once, sends nothing, and does not look at the stream.
/// - A closed stream is `ResourceClosed`, to whoever waits and to every later write; where nobody
///   is left to read, the write is `CoreError` with EPIPE or ECONNRESET, and stays so.
///
/// A type of your own needs the three requirements; everything else is built upon them.
public protocol WritableStream: AnyObject {
  /// Takes as many of `bytes` as there is room for, at least one, waiting until there is.
  ///
  /// Parks.
  ///
  /// `write` calls this until all is taken; see ``write(_:counting:)``.
  ///
  /// - Returns: how many bytes, from the start; 0 only for none.
  /// - Throws: what broke the stream, such as `CoreError`; `Cancelled`, and then nothing was taken;
  ///   `ResourceClosed`; `ResourceBusy` while another green thread writes.
  func writeSome(_ bytes: RawSpan) throws -> Int

  /// Ends the sending; the other side reads everything that was taken, and then the end.
  ///
  /// Reading, where the stream has it, goes on. Again: no effect. Does not park.
  ///
  /// - Throws: `ResourceClosed`; `CoreError` where the stream cannot end one direction alone.
  func shutdownWrite() throws

  /// Ends the stream; whoever is parked on it gets `ResourceClosed`.
  ///
  /// Again: no effect. Neither parks nor throws, so that it works in a cancelled scope.
  func close()
}
