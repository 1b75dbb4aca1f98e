public import Drift

/// Tells the new lines of many files as they come, as `tail -F` does.
///
/// Directories are watched, not files, so that a file may be replaced, and so that thousands of
/// them cost one descriptor. Of a directory that was named itself all files are followed, also
/// those that come later.
public final class Follower {
  private let watch: FileWatch
  private let output: any WritableStream
  private var files: [RawString: FollowedFile] = [:]
  private var wholeDirectories: Set<RawString> = []
  private var watched: Set<RawString> = []
  private var headed: RawString?
  private var written: [UInt8] = []

  /// Follows nothing yet, and will write to `output`.
  public init(writingTo output: any WritableStream) throws {
    watch = try FileWatch()
    self.output = output
  }

  /// Follows a file, which need not be there yet, or the files of a directory.
  ///
  /// Parks.
  ///
  /// - Parameters:
  ///   - path: of the file or the directory.
  ///   - count: how many lines of what is there already are told.
  /// - Throws: `CoreError`, with the path, for one whose directory cannot be watched.
  public func add(_ path: RawString, lastLines count: Int) throws {
    if let status = try? File.status(of: path), status.kind == .directory {
      wholeDirectories.insert(path)
      try observe(path)
      for entry in try Directory.entries(of: path) where entry.kind == .regular {
        try begin(path.appending(entry.name), lastLines: count)
      }
    } else {
      let (directory, name) = path.split
      try observe(directory)
      try begin(directory.appending(name), lastLines: count)
    }
    try flush()
  }

  /// Tells what happens, until the caller is cancelled.
  ///
  /// Parks.
  public func run() throws {
    while let change = try watch.next() {
      switch change {
      case .event(let event): try look(at: event.path)
      case .renamed(let old, let new): try rename(old.path, to: new.path)
      case .gone(let directory): try say("\(directory) is gone")
      case .unwatched(let directory, let error): try say("\(directory): \(error)")
      case .rescan: try lookAtAll()
      }
      try flush()
    }
  }

  /// After events were lost: also for files that have come meanwhile.
  private func lookAtAll() throws {
    for path in files.keys { try look(at: path) }
    for directory in wholeDirectories {
      for entry in (try? Directory.entries(of: directory)) ?? [] {
        try look(at: directory.appending(entry.name))
      }
    }
  }

  private func observe(_ directory: RawString) throws {
    if watched.insert(directory).inserted { try watch.add(directory) }
  }

  private func begin(_ path: RawString, lastLines count: Int) throws {
    if files[path] != nil { return }
    let file = FollowedFile(path)
    files[path] = file
    try file.begin(lastLines: count) { try tell($0, of: path) }
  }

  private func look(at path: RawString) throws {
    if files[path] == nil {
      guard wholeDirectories.contains(path.split.directory),
        let status = try? File.status(of: path, links: .notFollowed), status.kind == .regular
      else { return }
      files[path] = FollowedFile(path)
    }
    do {
      try files[path]?.catchUp { try tell($0, of: path) }
    } catch let error as CoreError {
      try say("\(error)")
    }
  }

  /// Goes on with a file under its new name, where that one is followed, too.
  private func rename(_ old: RawString, to new: RawString) throws {
    if wholeDirectories.contains(new.split.directory), let file = files.removeValue(forKey: old) {
      file.path = new
      files[new] = file
    } else {
      try look(at: old)
    }
    try look(at: new)
  }

  private func tell(_ notice: FileNotice, of path: RawString) throws {
    switch notice {
    case .line(let line):
      if files.count > 1, headed != path {
        written += "\(headed == nil ? "" : "\n")==> \(path) <==\n".utf8
        headed = path
      }
      written += line
      written.append(UInt8(ascii: "\n"))
      if written.count > 64 << 10 { try flush() }
    case .truncated: try say("\(path) was truncated")
    case .replaced: try say("\(path) was replaced")
    case .appeared: break
    }
  }

  /// A remark of our own, apart from what is in the files.
  private func say(_ remark: String) throws {
    try flush()
    try standardError.write("tailf: \(remark)\n")
  }

  private func flush() throws {
    if written.isEmpty { return }
    try output.write(written)
    written.removeAll(keepingCapacity: true)
  }
}

extension RawString {
  /// The directory that the last part of a path is in, and the last part.
  fileprivate var split: (directory: RawString, name: RawString) {
    let bytes = bytes
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return (".", self) }
    let directory = slash == 0 ? bytes[...0] : bytes[..<slash]
    return (RawString(bytes: directory), RawString(bytes: bytes[(slash + 1)...]))
  }
}
