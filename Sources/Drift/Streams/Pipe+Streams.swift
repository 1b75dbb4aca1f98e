public import CoreShift

extension Pipe {
  /// Makes a pipe whose ends green threads read and write.
  ///
  /// What goes in comes out, also in another process that an end is handed to. Does not park.
  ///
  /// - Returns: Both ends, close-on-exec.
  /// - Throws: `CoreError` of `pipe2` or `epoll_ctl_add`: EMFILE, ENFILE, ENOSPC.
  public static func makeStreams() throws -> (reader: PipeReader, writer: PipeWriter) {
    let pipe = try Pipe()
    let readEnd = pipe.readEnd
    let writeEnd = pipe.writeEnd
    return (try PipeReader(adopting: readEnd), try PipeWriter(adopting: writeEnd))
  }
}
