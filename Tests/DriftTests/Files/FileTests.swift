import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct FileTests {
  @Test func `what was written is read back, also across the pool's largest piece`() throws {
    try onDisk { path throws in
      let bytes = noise(3 << 20, seed: 1)
      let file = try File(opening: path.appending("a"), for: .both, .createNew)
      try file.write(bytes)
      #expect(file.position == 3 << 20)
      try file.seek(to: 0)
      #expect(try file.readAll(limit: 4 << 20) == bytes)
    }
  }

  @Test func `reading at an offset leaves the position, and beyond the end gives none`() throws {
    try onDisk { path throws in
      let file = try File(opening: path.appending("a"), for: .both, .createNew)
      try file.write("0123456789")
      var buffer = [UInt8](repeating: 0, count: 4)
      var span = buffer.mutableSpan
      var bytes = unsafe span.mutableBytes
      #expect(try file.read(into: &bytes, at: 6) == 4)
      #expect(try file.read(into: &bytes, at: 100) == 0)
      #expect(buffer == Array("6789".utf8))
      #expect(file.position == 10)
    }
  }

  @Test func `a file that is not in memory is read through the pool`() throws {
    try onDisk { path throws in
      let bytes = noise(256 << 10, seed: 2)
      let file = try File(opening: path.appending("a"), for: .both, .createNew)
      try file.write(bytes)
      try file.synchronize()
      // Out of the kernel's memory, as far as it follows the advice.
      let number = unsafe open(path.appending("a").description, O_RDONLY)
      #expect(posix_fadvise(number, 0, 0, POSIX_FADV_DONTNEED) == 0)
      close(number)
      try file.seek(to: 0)
      #expect(try file.readAll(limit: 1 << 20) == bytes)
    }
  }

  @Test func `a file system that cannot tell what is in memory is read through the pool`() throws {
    try onDrift {
      let file = try File(opening: "/proc/self/status")
      #expect(try file.readText(limit: 1 << 20).contains("Threads:"))
    }
  }

  @Test func `writes at an offset leave what lies before and behind`() throws {
    try onDisk { path throws in
      let file = try File(opening: path.appending("a"), for: .both, .createNew)
      try file.write("0123456789")
      let count = try file.writeSome(unsafe Array("xyz".utf8).span.bytes, at: 4)
      #expect(count == 3)
      try file.seek(to: 0)
      #expect(try file.readText(limit: 100) == "0123xyz789")
    }
  }

  @Test func `appending goes to the end, wherever that is`() throws {
    try onDisk { path throws in
      let name = path.appending("a")
      let first = try File(opening: name, for: .writing, [.create, .append])
      let second = try File(opening: name, for: .writing, [.create, .append])
      try first.write("one ")
      try second.write("two ")
      try first.write("three")
      #expect(try File.readText(name, limit: 100) == "one two three")
    }
  }

  @Test func `opening says what is wrong`() throws {
    try onDisk { path throws in
      let name = path.appending("a")
      #expect(code { _ = try File(opening: name) } == .notFound)
      _ = try File(opening: name, for: .writing, .createNew)
      #expect(code { _ = try File(opening: name, for: .writing, .createNew) } == .alreadyExists)
      #expect(code { _ = try File(opening: name, for: .reading, .truncate) } == .invalidArgument)
      #expect(code { _ = try File(opening: path.appending("a/b")) } == .notDirectory)
      #expect(code { _ = try File(opening: path, for: .writing) } == .isDirectory)
    }
  }

  @Test func `a pipe or a terminal is no file, whose other end nobody waits for`() throws {
    try onDisk { path throws in
      let fifo = path.appending("fifo")
      try #require(unsafe mkfifo(fifo.description, 0o600) == 0)
      let refusal = NotSeekable(path: fifo.description, kind: .pipe)
      for access in [Fd.Access.reading, .writing, .both] {
        let error = errorThrown { _ = try File(opening: fifo, for: access) }
        #expect(error as? NotSeekable == refusal)
      }
      let creating = errorThrown { _ = try File(opening: fifo, for: .writing, .create) }
      #expect(creating as? NotSeekable == refusal)
      #expect("\(refusal)".hasSuffix("may adopt an Fd opened .nonBlocking"))
      let terminal = errorThrown { _ = try File(opening: "/dev/ptmx", for: .both) }
      #expect((terminal as? NotSeekable)?.kind == .characterDevice)
    }
  }

  @Test func `the other end of a FIFO does not notice that it was refused as a file`() throws {
    try onDisk { path throws in
      let fifo = path.appending("fifo")
      try #require(unsafe mkfifo(fifo.description, 0o600) == 0)
      let reader = try Fd(opening: fifo, for: .reading, .nonBlocking)
      let refusal = NotSeekable(path: fifo.description, kind: .pipe)
      for options in [Fd.OpenOptions(), .create, .truncate, .append, .noFollow] {
        let error = errorThrown { _ = try File(opening: fifo, for: .writing, options) }
        #expect(error as? NotSeekable == refusal)
      }
      #expect(code { _ = try File(opening: fifo, for: .writing, .createNew) } == .alreadyExists)
      // A writer that had come and gone would be a hang-up.
      var entry = pollfd(fd: reader.rawValue, events: Int16(POLLIN), revents: 0)
      #expect(unsafe poll(&entry, 1, 0) == 0)
      try reader.close()
    }
  }

  @Test func `a file that is opened keeps no flag of its opening`() throws {
    try onDisk { path throws in
      let file = try File(opening: path.appending("kept-flags"), for: .both, .createNew)
      let entries = try DescriptorCensus().entries
      let number = try #require(entries.first { $0.target.hasSuffix("/kept-flags") }?.number)
      #expect(fcntl(number, F_GETFL) & O_NONBLOCK == 0)
      file.close()
    }
  }

  @Test func `permissions are less the umask, or exact`() throws {
    try onDisk(umask: 0o027) { path throws in
      _ = try File(opening: path.appending("a"), for: .writing, .createNew)
      #expect(try permissions(of: path.appending("a")) == 0o640)
      _ = try File(
        opening: path.appending("b"), for: .writing, .createNew, permissions: .exactly(0o666))
      #expect(try permissions(of: path.appending("b")) == 0o666)
      let refusal = code {
        _ = try File(
          opening: path.appending("b"), for: .writing, .create, permissions: .exactly(0o666))
      }
      #expect(refusal == .invalidArgument)
    }
  }

  @Test func `a link as the last part is not followed when told so, and its target stays`() throws {
    try onDisk { path throws in
      let (target, link) = (path.appending("target"), path.appending("link"))
      try File.replace(target, with: Array("kept".utf8))
      try makeLink(at: link, to: "target")
      for options: Fd.OpenOptions in [[], .truncate, .append, .create] {
        let refusal = code {
          _ = try File(opening: link, for: .writing, options.union(.noFollow))
        }
        #expect(refusal == .symbolicLinkLoop)
      }
      #expect(code { _ = try File(opening: link, for: .reading, .noFollow) } == .symbolicLinkLoop)
      #expect(code { try File.remove(link, links: .refused) } == .symbolicLinkLoop)
      #expect(try File.readText(target, limit: 10) == "kept")
      try File.remove(link)
      #expect(try names(in: path) == ["target"])
    }
  }

  @Test func `a device that is full is ENOSPC`() throws {
    try onDrift {
      let file = try File(opening: "/dev/full", for: .writing)
      #expect(code { try file.write("x") } == .noSpace)
    }
  }

  @Test func `a second green thread along the same file is refused`() throws {
    try onDisk(offloading: OffloadLimits(workers: 1)) { path throws in
      let file = try File(opening: path.appending("a"), for: .both, .createNew)
      let gate = OSGate()
      try withScope { scope in
        scope.spawn { try offload { gate.wait() } }
        GreenThread.yield()
        // Waits for the only worker, wherever the file system cannot write without one.
        let writer = scope.spawn { try file.write("first") }
        GreenThread.yield()
        if file.position == 0 {
          #expect(errorThrown { try file.write("second") } is ResourceBusy)
        }
        gate.open()
        try writer.join()
      }
    }
  }

  @Test func `truncating cuts and fills up, and seeking counts from three places`() throws {
    try onDisk { path throws in
      let file = try File(opening: path.appending("a"), for: .both, .createNew)
      try file.write("0123456789")
      try file.truncate(to: 4)
      #expect(try file.status().size == 4)
      try file.truncate(to: 6)
      #expect(try file.seek(to: -3, from: .end) == 3)
      #expect(try file.seek(to: -1, from: .current) == 2)
      #expect(try file.readAll(limit: 10) == [0x32, 0x33, 0, 0])
      #expect(code { try file.seek(to: -1) } == .invalidArgument)
      #expect(code { try file.seek(to: .max, from: .end) } == .invalidArgument)
      #expect(code { try file.truncate(to: -1) } == .invalidArgument)
    }
  }

  @Test func `advice changes nothing of what is read`() throws {
    let place = try TemporaryPlace()
    let name = RawString(place.path).appending("a")
    try onDrift {
      try File.replace(name, with: noise(1 << 20, seed: 7))
      let file = try File(opening: name)
      try file.synchronize()
      for advice in [FileAdvice.sequential, .dontNeed, .random, .willNeed, .normal] {
        try file.advise(advice)
        try file.advise(advice, from: 4096, count: 8192)
        try file.seek(to: 0)
        #expect(try file.readAll(limit: 1 << 20) == noise(1 << 20, seed: 7))
      }
      let refused = errorThrown { try file.advise(.willNeed, from: -1) } as? CoreError
      #expect(refused?.operation == "posix_fadvise")
      file.close()
      #expect(errorThrown { try file.advise(.normal) } is ResourceClosed)
    }
  }

  @Test func `a closed file refuses every call, and closing again is harmless`() throws {
    try onDisk { path throws in
      let file = try File(opening: path.appending("a"), for: .both, .createNew)
      try file.write("x")
      try file.closeReportingErrors()
      #expect(file.isClosed)
      file.close()
      #expect(errorThrown { try file.closeReportingErrors() } is ResourceClosed)
      #expect(errorThrown { try file.write("y") } is ResourceClosed)
      #expect(errorThrown { _ = try file.readAll(limit: 1) } is ResourceClosed)
      #expect(errorThrown { try file.synchronize() } is ResourceClosed)
      #expect(errorThrown { try file.lock() } is ResourceClosed)
    }
  }

  @Test func `files are closed when they go, by a call, and in a cancelled scope`() throws {
    try onOwnThread {
      try Drift.run {
        try withTemporaryDirectory { path in
          let name = path.appending("a")
          _ = try File(opening: name, for: .both, .createNew)
          let closed = try File(opening: name)
          closed.close()
          let reported = try File(opening: name)
          try withScope { scope in
            scope.cancel()
            try reported.closeReportingErrors()
            #expect(GreenThread.isCancelled)
          }
          let left = try DescriptorCensus().entries.filter { $0.target == name.description }
          #expect(left.isEmpty)
        }
      }
    }
  }

  @Test func `a descriptor is not inherited by a child`() throws {
    try onDisk { path throws in
      let file = try File(opening: path.appending("marker"), for: .both, .createNew)
      let output = try Command("/bin/ls", "-l", "/proc/self/fd").output()
      #expect(!String(decoding: output.standardOutput, as: UTF8.self).contains("marker"))
      file.close()
    }
  }

  @Test func `one call takes no more than others can wait for, also from the kernel's memory`()
    throws
  {
    try onDisk { path throws in
      let file = try File(opening: path.appending("a"), for: .both, .createNew)
      var bytes = [UInt8](repeating: 1, count: 3 << 20)
      try file.write(bytes)
      var span = bytes.mutableSpan
      var room = unsafe span.mutableBytes
      #expect(try file.read(into: &room, at: 0) <= 1 << 20)
      // A device that can tell that it need not wait, on most kernels.
      let null = try Fd(opening: "/dev/null", for: .writing)
      let canTell = unsafe [1, 2].span.withUnsafeBytes { two in
        (try? unsafe null.writeCached(two, at: 0)) != nil
      }
      let device = try File(opening: "/dev/null", for: .writing)
      let count = try unsafe device.writeSome(bytes.span.bytes, at: 0)
      #expect(count == (canTell ? 1 << 20 : 3 << 20))
    }
  }
}
