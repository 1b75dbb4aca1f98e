import CoreShift
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

extension TemporaryDirectory {
  fileprivate borrowing func make(_ name: String, _ contents: [UInt8] = []) throws {
    let file = try Fd(opening: RawString("\(path)/\(name)"), for: .writing, .create)
    _ = try file.write(contents)
  }
}

/// Gives this OS thread another effective user, without those privileges that ignore a file's mode.
///
/// By the system call: the C library's function would change every thread.
private func becomeNobody() {
  let symbol = unsafe dlsym(nil, "syscall")
  // SAFETY: syscall takes up to seven words, whatever its prototype says.
  let call = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int, Int, Int, Int) -> Int).self)
  #if arch(x86_64)
    let setresuid = 117
  #else
    let setresuid = 147
  #endif
  _ = call(setresuid, -1, 65534, -1)
}

@Suite struct WatchesTests {
  private func failure(_ body: () throws(CoreError) -> Void) -> CoreError? {
    do throws(CoreError) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  @Test func `is non-blocking and close-on-exec, and has nothing at first`() throws {
    let watches = try Watches()
    #expect(try watches.descriptor.blockingMode == .nonBlocking)
    #expect(try watches.descriptor.execMode == .closed)
    var events = [WatchEvent(watch: nil, rawFlags: 1)]
    #expect(try watches.take(into: &events))
    #expect(events.isEmpty)
  }

  @Test func `a reactor tells that there is something to take`() throws {
    let directory = try TemporaryDirectory()
    let watches = try Watches()
    var reactor = try Reactor()
    let token = try reactor.register(watches)
    let watch = try watches.watch(RawString(directory.path), for: .created)
    var ready: [Event] = []
    #expect(try reactor.wait(into: &ready, upTo: 4, for: .zero) == 0)
    try directory.make("a")
    #expect(try reactor.wait(into: &ready, upTo: 4, for: .zero) == 1)
    #expect(ready.first?.token == token)
    var events: [WatchEvent] = []
    #expect(try watches.take(into: &events))
    #expect(events == [WatchEvent(watch: watch, rawFlags: 0x100, name: "a")])
  }

  @Test func `watching again replaces what is watched for, and adding adds`() throws {
    let directory = try TemporaryDirectory()
    let path = RawString(directory.path)
    let watches = try Watches()
    var events: [WatchEvent] = []
    let watch = try watches.watch(path, for: .created)
    #expect(try watches.watch(path, for: .closedAfterWriting) == watch)
    try directory.make("a")
    #expect(try watches.take(into: &events))
    #expect(events.map(\.changes) == [.closedAfterWriting])
    #expect(try watches.watch(path, for: .created, .adding) == watch)
    try directory.make("b")
    #expect(try watches.take(into: &events))
    #expect(events.map(\.changes) == [.created, .closedAfterWriting])
    #expect(
      failure { () throws(CoreError) in try watches.watch(path, for: .created, .onlyNew) }
        == CoreError(
          operation: "inotify_add_watch", code: .alreadyExists, subject: .path(directory.path)))
  }

  @Test func `a removed watch is ignored from then on, and unknown after that`() throws {
    let directory = try TemporaryDirectory()
    let watches = try Watches()
    let watch = try watches.watch(RawString(directory.path), for: .all)
    try watches.remove(watch)
    try directory.make("a")
    var events: [WatchEvent] = []
    #expect(try watches.take(into: &events))
    #expect(events.map(\.isIgnored) == [true])
    #expect(events.first?.watch == watch)
    for unknown in [watch, Watch(rawValue: 77), Watch(rawValue: -1)] {
      #expect(
        failure { () throws(CoreError) in try watches.remove(unknown) }
          == CoreError(
            operation: "inotify_rm_watch", code: .invalidArgument,
            subject: .descriptor(watches.descriptor.rawValue)))
    }
  }

  @Test(arguments: [
    ("/nonexistent/file", ErrorCode.notFound), ("/tmp\0/x", .invalidArgument), ("", .notFound),
    ("/etc/passwd/x", .notDirectory),
  ])
  func `a path that cannot be watched is an error that names it`(
    path: String, code: ErrorCode
  ) throws {
    let watches = try Watches()
    #expect(
      failure { () throws(CoreError) in try watches.watch(RawString(path), for: .all) }
        == CoreError(operation: "inotify_add_watch", code: code, subject: .path(path)))
  }

  @Test func `a file that may not be read may not be watched`() throws {
    let file = try TemporaryFile(contents: "", mode: 0)
    // Of one OS thread: its effective user and its privileges are its own.
    try TestSupport.onOwnThread {
      becomeNobody()
      let watches = try Watches()
      let error = failure { () throws(CoreError) in
        try watches.watch(RawString(file.path), for: .all)
      }
      #expect(error?.code == .permissionDenied)
    }
  }

  @Test func `options decide about links and directories, and nothing to watch for is EINVAL`()
    throws
  {
    let file = try TemporaryFile(contents: "", mode: 0o600)
    let path = RawString(file.path)
    let watches = try Watches()
    let onlyDirectory = failure { () throws(CoreError) in
      try watches.watch(path, for: .all, .onlyDirectory)
    }
    #expect(onlyDirectory?.code == .notDirectory)
    let nothing = failure { () throws(CoreError) in try watches.watch(path, for: []) }
    #expect(nothing?.code == .invalidArgument)
  }

  @Test func `options alone are nothing to watch for, and leave a watch as it was`() throws {
    let directory = try TemporaryDirectory()
    let path = RawString(directory.path)
    let watches = try Watches()
    let watch = try watches.watch(path, for: .created)
    let expected = CoreError(
      operation: "inotify_add_watch", code: .invalidArgument, subject: .path(directory.path))
    for options in [.onlyDirectory, .notFollowingLinks, [.onlyDirectory, .once]] as [WatchOptions] {
      #expect(throws: expected) { try watches.watch(path, for: [], options) }
      let bits = FileChanges(rawValue: options.rawValue)
      #expect(throws: expected) { try watches.watch(path, for: bits) }
    }
    try directory.make("new")
    var events: [WatchEvent] = []
    #expect(try watches.take(into: &events))
    #expect(events.map(\.watch) == [watch])
  }

  @Test func `the file's own end and move are told, and the end of its watch`() throws {
    let directory = try TemporaryDirectory()
    try directory.make("a")
    let watches = try Watches()
    let file = try watches.watch(
      RawString("\(directory.path)/a"), for: [.selfDeleted, .selfMoved])
    #expect(unsafe rename("\(directory.path)/a", "\(directory.path)/b") == 0)
    #expect(unsafe unlink("\(directory.path)/b") == 0)
    var events: [WatchEvent] = []
    #expect(try watches.take(into: &events))
    #expect(events.map(\.changes) == [.selfMoved, .selfDeleted, []])
    #expect(events.map(\.isIgnored) == [false, false, true])
    #expect(events.allSatisfy { $0.watch == file && $0.name == nil })
  }

  @Test func `a rename within the directory is one pair`() throws {
    let directory = try TemporaryDirectory()
    try directory.make("a")
    let watches = try Watches()
    let watch = try watches.watch(RawString(directory.path), for: .contents)
    #expect(unsafe rename("\(directory.path)/a", "\(directory.path)/b") == 0)
    var events: [WatchEvent] = []
    #expect(try watches.take(into: &events))
    var pairing = RenamePairing<WatchEvent>()
    let notices = pairing.pair(events)
    let cookie = events.first?.cookie ?? 0
    #expect(cookie != 0)
    #expect(
      notices == [
        .renamed(
          from: WatchEvent(watch: watch, rawFlags: 0x40, cookie: cookie, name: "a"),
          to: WatchEvent(watch: watch, rawFlags: 0x80, cookie: cookie, name: "b"))
      ])
  }

  @Test func `five thousand new files are all seen by one call, with any bytes in their names`()
    throws
  {
    let directory = try TemporaryDirectory()
    let watches = try Watches()
    _ = try watches.watch(RawString(directory.path), for: .created)
    for index in 0..<5000 { try directory.make("file-\(index)") }
    let strange = RawString(bytes: Array("\(directory.path)/".utf8) + [0xff, 0xfe])
    try Fd(opening: strange, for: .writing, .create).close()
    var events: [WatchEvent] = []
    #expect(try watches.take(into: &events))
    #expect(events.count == 5001)
    #expect(events.allSatisfy { $0.changes == .created })
    #expect(Set(events.map(\.name)).count == 5001)
    #expect(events.last?.name == RawString(bytes: [0xff, 0xfe]))
    var path = strange.bytes.map(CChar.init(bitPattern:)) + [0]
    #expect(unsafe unlink(&path) == 0)
  }

  @Test func `a limit leaves the rest for another call`() throws {
    let directory = try TemporaryDirectory()
    let watches = try Watches()
    _ = try watches.watch(RawString(directory.path), for: .created)
    // More than one read can hold: 32 bytes each.
    for index in 0..<3000 { try directory.make("\(index)") }
    var events: [WatchEvent] = []
    #expect(try watches.take(into: &events, upTo: 10) == false)
    let first = events.count
    #expect(first >= 10 && first < 3000)
    #expect(try watches.take(into: &events))
    #expect(first + events.count == 3000)
    #expect(try watches.take(into: &events, upTo: 0) == false)
    #expect(events.isEmpty)
  }

  @Test func `a queue that has run over says so, and then wants a rescan`() throws {
    let limit = try Int(
      String(decoding: readAll(Fd(opening: queueLimit, for: .reading)).dropLast(), as: UTF8.self))
    let limited = try #require(limit)
    let directory = try TemporaryDirectory()
    try directory.make("a")
    try directory.make("b")
    let watches = try Watches()
    _ = try watches.watch(RawString(directory.path), for: .attributes)
    // In turns, since an event that equals the last one is merged with it.
    for index in 0...limited {
      #expect(unsafe chmod("\(directory.path)/\(index % 2 == 0 ? "a" : "b")", 0o600) == 0)
    }
    var events: [WatchEvent] = []
    #expect(try watches.take(into: &events))
    #expect(events.last?.isOverflow == true && events.last?.watch == nil)
    var pairing = RenamePairing<WatchEvent>()
    #expect(pairing.pair(events).last == .rescan)
  }

  @Test func `an entry whose kind is not told is looked at`() throws {
    let directory = try TemporaryDirectory()
    try directory.make("file")
    #expect(unsafe mkdir("\(directory.path)/dir", 0o700) == 0)
    #expect(unsafe symlink("dir", "\(directory.path)/link") == 0)
    var records: [UInt8] = []
    for name in ["file", "dir", "link", "gone"] {
      let size = UInt8(20 + name.utf8.count)
      records += [UInt8](repeating: 0, count: 16) + [size, 0, 0] + Array(name.utf8) + [0]
    }
    let opened = try Fd(opening: RawString(directory.path), for: .reading)
    var entries: [WatchedEntry] = []
    WatchedEntry.decode(unsafe records.span.bytes, of: opened, appendingTo: &entries)
    #expect(entries.map(\.name) == ["file", "dir", "link", "gone"])
    #expect(entries.filter(\.isDirectory).map(\.name) == ["dir"])
  }

  private let queueLimit: RawString = "/proc/sys/fs/inotify/max_queued_events"

  @Test func `each call that fails releases what was made, with the kernel's code`() throws {
    try withOwnDescriptors {
      let outcomes = try failEachCall(
        of: { () throws(CoreError) in
          let watches = try Watches()
          let watch = try watches.watch("/tmp", for: .created)
          try watches.remove(watch)
        }, with: .noSpace)
      #expect(
        outcomes.map { $0?.operation } == [
          "inotify_init1", "inotify_add_watch", "inotify_rm_watch",
        ])
    }
  }
}
