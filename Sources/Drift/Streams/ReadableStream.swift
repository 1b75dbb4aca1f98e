/// Where bytes come from: a connection, a pipe, a terminal, memory.
///
/// One green thread may read at a time; another may ``close()`` the stream meanwhile. Every stream
/// behaves alike:
/// - A read waits until there is something, and gives what is there: as a rule less than would fit.
/// - 0 is the end, and stays the end. A read into an empty buffer is 0 as well, at once, without a
///   look at the stream.
/// - A closed stream is `ResourceClosed`, to whoever waits and to every later read; a broken one
///   stays broken.
///
/// A type of your own needs the two requirements; everything else is built upon them.
public protocol ReadableStream: AnyObject {
  /// Reads what is there into `buffer` from its start, waiting until there is something.
  ///
  /// Parks.
  ///
  /// - Returns: how many bytes; 0 at the end, or for an empty buffer. What lies behind them in
  ///   `buffer` has no meaning.
  /// - Throws: what broke the stream, such as `CoreError`; `Cancelled`, and then nothing is lost;
  ///   `ResourceClosed`; `ResourceBusy` while another green thread reads.
  func read(into buffer: inout MutableRawSpan) throws -> Int

  /// Ends the stream; whoever is parked on it gets `ResourceClosed`.
  ///
  /// Again: no effect. Neither parks nor throws, so that it works in a cancelled scope.
  func close()
}
