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
/// A type of your own needs ``writeSome(_:)``, ``shutdownWrite()`` and ``close()``; everything else
/// is built upon them.
public protocol WritableStream: AnyObject {
  /// Takes as many of `bytes` as there is room for, at least one, waiting until there is.
  ///
  /// Parks.
  ///
  /// `write` calls this until all is taken; see ``write(_:counting:)-(RawSpan,_)``.
  ///
  /// - Returns: how many bytes, from the start; 0 only for none.
  /// - Throws: what broke the stream, such as `CoreError`; `Cancelled`, and then nothing was taken;
  ///   `ResourceClosed`; `ResourceBusy` while another green thread writes.
  func writeSome(_ bytes: RawSpan) throws -> Int

  /// Takes as many of two pieces as there is room for, at least one byte, waiting until there is.
  ///
  /// Parks.
  ///
  /// For what is sent together, such as a header and its body. A stream that cannot take both at
  /// once need not implement it: then the second is left for another call.
  ///
  /// - Returns: how many bytes, from the start of `first` on; 0 only for none.
  /// - Throws: as ``writeSome(_:)``.
  func writeSome(_ first: RawSpan, then second: RawSpan) throws -> Int

  /// Takes as many of the pieces as there is room for, at least one byte, waiting until there is.
  ///
  /// Parks.
  ///
  /// A stream that cannot take several at once need not implement it: then the others are left
  /// for other calls.
  ///
  /// - Parameters:
  ///   - pieces: what is written, one behind the other.
  ///   - taken: how many of their bytes have been written already, and are passed over.
  /// - Returns: how many bytes, behind those; 0 only for none.
  /// - Throws: as ``writeSome(_:)``.
  func writeSome(gathering pieces: [[UInt8]], behind taken: Int) throws -> Int

  /// Ends the sending; the other side reads everything that was taken, and then the end.
  ///
  /// Reading, where the stream has it, goes on. Again: no effect. Parks only where the stream
  /// itself keeps bytes back, as ``BufferedWriter`` does.
  ///
  /// - Throws: `ResourceClosed`; `CoreError` where the stream cannot end one direction alone.
  func shutdownWrite() throws

  /// Ends the stream; whoever is parked on it gets `ResourceClosed`.
  ///
  /// Again: no effect. Neither parks nor throws, so that it works in a cancelled scope.
  func close()
}
