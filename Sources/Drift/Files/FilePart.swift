internal import CoreShift

/// A file as a stream that ends at an offset, however long the file becomes.
final class FilePart: ReadableStream {
  private let file: File
  private let end: Int64

  init(of file: File, upTo end: Int64) {
    self.file = file
    self.end = end
  }

  func read(into buffer: inout MutableRawSpan) throws -> Int {
    let rest = max(0, end - file.position)
    var room = buffer._mutatingExtracting(..<Int(min(rest, Int64(buffer.byteCount))))
    return try file.read(into: &room)
  }

  func close() { file.close() }
}
