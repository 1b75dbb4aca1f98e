import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

/// What the kernel refuses, which the OS threads of the pool inherit from the scheduler's.
@Suite struct FileFaultTests {
  /// Runs `body` in a directory where `call` is refused with `code`.
  private func refusing(
    _ call: RefusedCall.Name, with code: Int32, _ body: (RawString) throws -> Void
  ) throws {
    let path = try TemporaryPlace()
    try withRefusedCalls([RefusedCall(call, with: code)]) {
      try Drift.run { try body(RawString(path.path)) }
    }
  }

  @Test func `short of descriptors a replacement leaves the old file, or puts a new one in place`()
    async
  {
    await #expect(processExitsWith: .success) {
      try withOwnDescriptors {
        try onDisk { path throws in
          let name = path.appending("a")
          // With this the pool and whatever else opens something once has done so.
          try File.replace(name, with: Array("old".utf8))
          let first = lowestFreeNumber()
          var outcomes: [ErrorCode?] = []
          for count in 0...4 {
            let limit = try limitDescriptors(to: first + count)
            let outcome = code { try File.replace(name, with: Array("new".utf8)) }
            _ = try limitDescriptors(to: limit)
            let contents = try File.readText(name, limit: 10)
            try demand(contents == (outcome == nil ? "new" : "old"))
            try demand(try names(in: path) == ["a"])
            outcomes.append(outcome)
          }
          // The directory and the new file: nothing besides.
          try demand(outcomes == [.tooManyOpenFiles, .tooManyOpenFiles, nil, nil, nil])
        }
      }
    }
  }

  @Test func `a body that takes the last descriptor keeps no replacement from its end`() async {
    await #expect(processExitsWith: .success) {
      try withOwnDescriptors {
        try onDisk { path throws in
          let name = path.appending("a")
          var limit = 0
          try File.replace(name) { file in
            try file.write("new")
            limit = try limitDescriptors(to: lowestFreeNumber())
          }
          _ = try limitDescriptors(to: limit)
          try demand(try File.readText(name, limit: 10) == "new")
          try demand(try names(in: path) == ["a"])
        }
      }
    }
  }

  @Test func `a replacement that cannot be synchronized leaves the old file alone`() throws {
    let place = try TemporaryPlace()
    let path = RawString(place.path)
    try onDrift { try File.replace(path.appending("a"), with: Array("old".utf8)) }
    try withRefusedCalls([RefusedCall(.fsync, with: EIO)]) {
      try Drift.run {
        let error = errorThrown { try File.replace(path.appending("a"), with: [1]) }
        #expect((error as? CoreError)?.operation == "fsync")
        #expect((error as? CoreError)?.code == .inputOutput)
        let text = try File.readText(path.appending("a"), limit: 10)
        #expect(text == "old")
        let left = try names(in: path)
        #expect(left == ["a"])
      }
    }
  }

  @Test func `a replacement whose directory cannot be synchronized says so, and is in place`()
    throws
  {
    let place = try TemporaryPlace()
    let path = RawString(place.path)
    // The first number from here on is the directory's; the next is the new file's, which is
    // synchronized.
    let firstNumber: Int32 = 200
    let refused = RefusedCall(.fsync, with: EIO, whereArgument: 0, is: UInt32(firstNumber))
    try withRefusedCalls([refused]) {
      try withOwnDescriptors {
        try Drift.run {
          // The pool and whatever else opens something once has done so.
          try File.replace(path.appending("a"), with: Array("old".utf8))
          // What is below goes with the table.
          while case let number = dup(1), number < firstNumber - 1 { try #require(number > 0) }
          let error = errorThrown {
            try File.replace(path.appending("a"), with: Array("new".utf8))
          }
          #expect(
            error as? CoreError
              == CoreError(
                operation: "fsync", code: .inputOutput, subject: .descriptor(firstNumber)))
          #expect(try File.readText(path.appending("a"), limit: 10) == "new")
          #expect(try names(in: path) == ["a"])
        }
      }
    }
  }

  @Test func `a failure to read is told, and not the failure to close that follows`() throws {
    let place = try TemporaryPlace()
    let name = RawString(place.path).appending("a")
    try onDrift { try File.replace(name, with: Array("text".utf8)) }
    let calls = [
      RefusedCall(.preadv2, with: EIO), RefusedCall(.pread64, with: EIO),
      RefusedCall(.close, with: ENOSPC),
    ]
    try withRefusedCalls(calls) {
      // What the filter keeps open goes with the table.
      try withOwnDescriptors {
        try Drift.run {
          let file = try File(opening: name)
          #expect(code { _ = try file.readAll(limit: 10) } == .inputOutput)
          #expect(code { try file.closeReportingErrors() } == .noSpace)
          #expect(code { _ = try File.read(RawString(place.path), limit: 10) } == .isDirectory)
          #expect(try File.read(name, limit: 10) == Array("text".utf8))
        }
      }
    }
  }

  @Test func `a replacement that cannot be renamed leaves no temporary file`() throws {
    try refusing(.renameat2, with: EACCES) { path in
      #expect(code { try File.replace(path.appending("a"), with: [1]) } == .permissionDenied)
      let left = try names(in: path)
      #expect(left == [])
    }
  }

  @Test func `without a free descriptor, or permission, the error says so`() throws {
    for number in [EMFILE, EACCES] {
      try refusing(.openat, with: number) { path in
        let expected = ErrorCode(rawValue: number)
        #expect(code { _ = try File(opening: "/dev/null") } == expected)
        #expect(code { _ = try File.read("/dev/null", limit: 1) } == expected)
        #expect(code { try File.replace(path.appending("a"), with: []) } == expected)
        #expect(code { _ = try Directory.entries(of: path) } == expected)
        #expect(code { try Directory.walk(path) { _ in .goOn } } == expected)
        #expect(code { try withTemporaryFile(in: path) { _, _ in } } == expected)
      }
    }
  }

  @Test func `a listing that breaks gives nothing`() throws {
    try refusing(.getdents64, with: EIO) { path in
      #expect(code { _ = try Directory.entries(of: path) } == .inputOutput)
    }
  }

  @Test func `what is not in memory, or cannot be told, is read by the pool`() throws {
    for number in [EAGAIN, EOPNOTSUPP] {
      try refusing(.preadv2, with: number) { path in
        let bytes = noise(2 << 20, seed: 5)
        let file = try File(opening: path.appending("a"), for: .both, .createNew)
        try file.write(bytes)
        try file.seek(to: 0)
        let read = try file.readAll(limit: 2 << 20)
        #expect(read == bytes)
        try File.remove(path.appending("a"))
      }
    }
  }

  @Test func `what must wait, or cannot be told, is written by the pool`() throws {
    for number in [EAGAIN, EOPNOTSUPP] {
      let place = try TemporaryPlace()
      // RWF_NOWAIT alone: the same call without it rings for the pool.
      let call = RefusedCall(.pwritev2, with: number, whereArgument: 5, is: 8)
      try withRefusedCalls([call]) {
        try Drift.run {
          let name = RawString(place.path).appending("a")
          let bytes = noise(2 << 20, seed: 6)
          let file = try File(opening: name, for: .both, .createNew)
          try file.write(bytes)
          let read = try File.read(name, limit: 2 << 20)
          #expect(read == bytes)
          try File.remove(name)
        }
      }
    }
  }

  @Test func `two file systems cannot share a copy, unless it may be read and written`() throws {
    try refusing(.copyFileRange, with: EXDEV) { path in
      let source = try File(opening: path.appending("a"), for: .both, .createNew)
      let target = try File(opening: path.appending("b"), for: .both, .createNew)
      try source.write("contents")
      #expect(code { try source.copyContents(to: target) } == .crossDevice)
      #expect(try target.status().size == 0)
      let copied = try source.copyContents(to: target, fallback: .readingAndWriting)
      #expect(copied.byteCount == 8)
      #expect(!copied.isInKernel)
      #expect(try target.readText(limit: 10) == "contents")
    }
  }

  @Test func `without another OS thread the error says so, and nothing waits for it`() throws {
    try withRefusedCalls([RefusedCall(.clone3, with: EAGAIN)]) {
      try Drift.run {
        let error = errorThrown { try offload { _ = Issue.record("this must not run") } }
        #expect(error is ThreadUnavailable)
        #expect(SchedulerSnapshot().observations.contains { $0 == ("blocking work that waits", 0) })
      }
    }
  }

  @Test func `a read that would block is an error, not the end`() throws {
    let calls = [RefusedCall(.preadv2, with: EAGAIN), RefusedCall(.pread64, with: EAGAIN)]
    try withRefusedCalls(calls) {
      try Drift.run {
        let file = try File(opening: "/proc/self/status")
        #expect(code { _ = try file.readAll(limit: 1 << 20) } == .wouldBlock)
      }
    }
  }

  @Test func `a write that would block is an error, and not tried for ever`() throws {
    try refusing(.pwrite64, with: EAGAIN) { path in
      #expect(code { try File.replace(path.appending("a"), with: [1]) } == .wouldBlock)
      let left = try names(in: path)
      #expect(left == [])
    }
  }

  @Test func `a walk by name needs a descriptor for each level, and not for all beside it`() async {
    await #expect(processExitsWith: .success) {
      try withOwnDescriptors {
        try onDisk { path throws in
          var level = path
          for _ in 0..<16 {
            for sibling in 0..<8 { try Directory.create(level.appending("b\(sibling)")) }
            level = level.appending("a")
            try Directory.create(level)
          }
          let limit = try limitDescriptors(to: lowestFreeNumber() + 16 + 8 + 4)
          var count = 0
          try Directory.walk(path, limit: 8) { _ in
            count += 1
            return .goOn
          }
          _ = try limitDescriptors(to: limit)
          try demand(count == 16 * 9)
        }
      }
    }
  }
}

/// A failed `#require` on an OS thread of its own does not reach who waits for an exit test's end;
/// another error does.
private func demand(_ isMet: Bool, line: UInt = #line) throws {
  if !isMet { throw Broken(number: Int(line)) }
}

private func lowestFreeNumber() -> Int {
  let number = dup(0)
  close(number)
  return Int(number)
}

/// Lets this process open numbers below `limit` alone; returns what the limit was.
private func limitDescriptors(to limit: Int) throws -> Int {
  let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  var limits = rlimit()
  unsafe getrlimit(kind, &limits)
  let before = Int(limits.rlim_cur)
  limits.rlim_cur = rlim_t(limit)
  try #require(unsafe setrlimit(kind, &limits) == 0)
  return before
}
