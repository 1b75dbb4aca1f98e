internal import Drift

/// One file by its name, read up to where it ends now.
///
/// The name outlives the file: when another one takes its place, as log rotation has it, the rest
/// of the old one is read first and then the new one from its start.
final class FollowedFile {
  /// Its name, which changes when it is renamed where all files are followed.
  var path: RawString
  /// How it is called where it is told of.
  var title: RawString
  private var file: File?
  private var identity: FileStatus.Identity?
  private var lines = LineCutter()
  private var chunk = [UInt8](repeating: 0, count: 16 << 10)

  init(_ path: RawString, as title: RawString) {
    self.path = path
    self.title = title
  }

  /// Opens the file and tells its last lines; one that is not there is waited for.
  ///
  /// A last line that has no end yet is told as a part, unless no line is wanted.
  func begin(lastLines count: Int, _ tell: (FileNotice) throws -> Void) throws {
    guard try open(), let file else { return }
    _ = try file.seek(to: try Self.start(ofLast: count, of: file))
    // Counted once more, for one that has changed meanwhile.
    var last: [ArraySlice<UInt8>] = []
    try readNew { line in
      last.append(line)
      if last.count > count { last.removeFirst() }
    }
    let hasPart = lines.hasUnfinished && count > 0
    for line in last.suffix(hasPart ? count - 1 : count) { try tell(.line(line)) }
    if hasPart { try tellUnfinished(tell) }
  }

  /// Tells what has no end yet: what comes next goes on with it.
  func tellUnfinished(_ tell: (FileNotice) throws -> Void) throws {
    try lines.finish { try tell(.part($0)) }
  }

  /// Where the last lines begin: searched from the end, with no look at all of a large file.
  private static func start(ofLast count: Int, of file: File) throws -> Int64 {
    var end = try file.status().size
    var linesToPass = count
    var isLast = true
    while end > 0 {
      let start = max(0, end - 64 << 10)
      _ = try file.seek(to: start)
      // One that was truncated meanwhile is read from its start.
      guard let piece = try? file.readExactly(Int(end - start)) else { return 0 }
      // One without an end is the last line.
      if isLast, count > 0, piece.last != UInt8(ascii: "\n") { linesToPass -= 1 }
      isLast = false
      for index in piece.indices.reversed() where piece[index] == UInt8(ascii: "\n") {
        if linesToPass == 0 { return start + Int64(index) + 1 }
        linesToPass -= 1
      }
      end = start
    }
    return 0
  }

  /// Tells what has come since the last time.
  func catchUp(_ tell: (FileNotice) throws -> Void) throws {
    if file == nil {
      guard try open() else { return }
      try tell(.appeared)
    }
    while let file {
      if try file.status().size < file.position {
        try lines.finish { try tell(.line($0)) }
        try tell(.truncated)
        _ = try file.seek(to: 0)
      }
      try readNew { try tell(.line($0)) }
      // Where there is none of this name now, somebody may still write to the old one.
      guard let current = try current(), current.identity != identity else { return }
      // Once more: what the old one got before there was a new one may have come after the look.
      try readNew { try tell(.line($0)) }
      // What comes now is of another file, whose first line is a line of its own.
      try lines.finish { try tell(.line($0)) }
      self.file?.close()
      self.file = nil
      if try open() { try tell(.replaced) }
    }
  }

  private func readNew(_ tell: (ArraySlice<UInt8>) throws -> Void) throws {
    guard let file else { return }
    while case let count = try file.read(into: &chunk), count > 0 {
      try lines.cut(chunk[..<count], tell)
    }
  }

  /// False if there is no such file now.
  private func open() throws -> Bool {
    do {
      let opened = try File(opening: path)
      identity = try opened.status().identity
      file = opened
      return true
    } catch let error as CoreError where error.code == .notFound {
      return false
    }
  }

  private func current() throws -> FileStatus? {
    do {
      return try File.status(of: path)
    } catch let error as CoreError where error.code == .notFound {
      return nil
    }
  }
}

/// What is told of a file.
enum FileNotice {
  case line(ArraySlice<UInt8>)
  /// The beginning of a line, or more of it.
  case part(ArraySlice<UInt8>)
  case truncated
  case replaced
  case appeared
}
