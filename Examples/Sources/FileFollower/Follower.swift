public import Drift

/// Tells the new lines of many files as they come, as `tail -F` does.
///
/// Directories are watched, not files, so that a file may be replaced, and so that thousands of
/// them cost one descriptor. Of a directory that was named itself all files are followed, also
/// those that come later.
public final class Follower {
  private let watch: FileWatch
  private let output: any WritableStream
  /// By the path of each in its directory's one true path.
  private var files: [RawString: FollowedFile] = [:]
  /// Of which all files are followed, each with how it was called.
  private var wholeDirectories: [RawString: RawString] = [:]
  /// What the links lead to that are followed, and over which names.
  private var links: [RawString: Set<RawString>] = [:]
  private var watched: Set<RawString> = []
  private var headed: RawString?
  /// Whose last line has been told without its end.
  private var unended: RawString?
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
      let (directory, title) = (try path.directoryPath(), path.withoutLastSlashes)
      wholeDirectories[directory] = title
      try observe(directory)
      for entry in try Directory.entries(of: directory) where entry.kind == .regular {
        try begin(
          directory.appending(entry.name), as: title.appending(entry.name), lastLines: count)
      }
    } else {
      try begin(try observeNames(of: path), as: path, lastLines: count)
    }
    try flush()
  }

  /// Watches the directories on the way to a file, and gives the file's own path.
  private func observeNames(of path: RawString) throws -> RawString {
    let names = try path.namesToFile()
    try observe(names[0].split.directory)
    for name in names.dropFirst() {
      // Where a link leads may not be there yet.
      do { try observe(name.split.directory) } catch let error as CoreError {
        try say("\(error)")
        break
      }
      links[name, default: []].insert(names[0])
    }
    return names[0]
  }

  /// Tells what happens, until the caller is cancelled.
  ///
  /// Parks. At the end it tells what has no end of line.
  public func run() throws {
    defer { withCancellationShield { try? finish() } }
    while let change = try watch.next() {
      switch change {
      case .event(let event): try lookOverLinks(at: event.path)
      case .renamed(let old, let new): try rename(old.path, to: new.path)
      case .gone(let directory): try say("\(directory) is gone")
      case .unwatched(let directory, let error): try say("\(directory): \(error)")
      case .rescan: try lookAtAll()
      }
      try flush()
    }
  }

  private func finish() throws {
    for file in files.values { try file.tellUnfinished { try tell($0, of: file) } }
    try flush()
  }

  /// Looks at a file, and at those that are links to it.
  private func lookOverLinks(at path: RawString) throws {
    try look(at: path)
    for link in links[path] ?? [] where link != path { try look(at: link) }
    // A link may lead elsewhere now.
    let isLink = links.values.contains { $0.contains(path) }
    let kind = try? File.status(of: path, links: .notFollowed).kind
    if files[path] != nil, isLink || kind == .symbolicLink { _ = try observeNames(of: path) }
  }

  /// After events were lost: also for files that have come meanwhile.
  private func lookAtAll() throws {
    for path in files.keys { try look(at: path) }
    for directory in wholeDirectories.keys {
      for entry in (try? Directory.entries(of: directory)) ?? [] {
        try look(at: directory.appending(entry.name))
      }
    }
  }

  private func observe(_ directory: RawString) throws {
    if watched.insert(directory).inserted { try watch.add(directory) }
  }

  private func begin(_ path: RawString, as title: RawString, lastLines count: Int) throws {
    if files[path] != nil { return }
    let file = FollowedFile(path, as: title)
    files[path] = file
    try file.begin(lastLines: count) { try tell($0, of: file) }
  }

  private func look(at path: RawString) throws {
    if files[path] == nil {
      let (directory, name) = path.split
      guard let title = wholeDirectories[directory],
        let status = try? File.status(of: path, links: .notFollowed), status.kind == .regular
      else { return }
      files[path] = FollowedFile(path, as: title.appending(name))
    }
    guard let file = files[path] else { return }
    do {
      try file.catchUp { try tell($0, of: file) }
    } catch let error as CoreError {
      try say("\(error)")
    }
  }

  /// Goes on with a file under its new name, where that one is followed, too.
  private func rename(_ old: RawString, to new: RawString) throws {
    let (directory, name) = new.split
    if let title = wholeDirectories[directory], let file = files.removeValue(forKey: old) {
      file.path = new
      file.title = title.appending(name)
      files[new] = file
    } else {
      try lookOverLinks(at: old)
    }
    try lookOverLinks(at: new)
  }

  private func tell(_ notice: FileNotice, of file: FollowedFile) throws {
    switch notice {
    case .line(let line):
      writeHead(of: file)
      written += line
      written.append(UInt8(ascii: "\n"))
      unended = nil
      if written.count > 64 << 10 { try flush() }
    case .part(let part):
      writeHead(of: file)
      written += part
      unended = file.path
    case .truncated: try say("\(file.title) was truncated")
    case .replaced: try say("\(file.title) was replaced")
    case .appeared: break
    }
  }

  /// Says whose line comes, where it is another file's than the last one.
  private func writeHead(of file: FollowedFile) {
    if unended != file.path { endLine() }
    if files.count > 1, headed != file.path {
      written += "\(headed == nil ? "" : "\n")==> \(file.title) <==\n".utf8
      headed = file.path
    }
  }

  private func endLine() {
    if unended != nil { written.append(UInt8(ascii: "\n")) }
    unended = nil
  }

  /// A remark of our own, apart from what is in the files.
  private func say(_ remark: String) throws {
    endLine()
    try flush()
    try standardError.write("tailf: \(remark)\n")
  }

  private func flush() throws {
    if written.isEmpty { return }
    try output.write(written)
    written.removeAll(keepingCapacity: true)
  }
}
