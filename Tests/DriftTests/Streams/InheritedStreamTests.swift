import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct InheritedStreamTests {
  /// Whether the open file itself was made non-blocking.
  private func isNonBlocking(_ number: Int32) -> Bool {
    fcntl(number, F_GETFL) & O_NONBLOCK != 0
  }

  @Test func `reading a shared pipe parks, and leaves its open file blocking`() throws {
    try onDrift {
      let pipe = try Pipe(readEnd: .blocking, writeEnd: .blocking)
      let number = pipe.readEnd.rawValue
      let stream = try InheritedStream(number, for: .reading)
      let writer = pipe.writeEnd.rawValue
      var text = ""
      var turns = 0
      try withScope { scope in
        let reading = scope.spawn {
          var buffer = [UInt8](repeating: 0, count: 100)
          let count = try stream.read(into: &buffer)
          text = String(decoding: buffer[..<count], as: UTF8.self)
        }
        for _ in 0..<5 {
          try GreenThread.sleep(for: .milliseconds(1))
          turns += 1
        }
        #expect(!reading.isFinished)
        #expect(unsafe write(writer, "hello", 5) == 5)
      }
      #expect(text == "hello" && turns == 5)
      #expect(!isNonBlocking(number))
    }
  }

  @Test func `writing a full shared pipe parks, and leaves its open file blocking`() throws {
    try onDrift {
      let pipe = try Pipe(readEnd: .nonBlocking, writeEnd: .blocking)
      let number = pipe.writeEnd.rawValue
      let stream = try InheritedStream(number, for: .writing)
      let reader = try Descriptor(adopting: pipe.readEnd)
      let bytes = noise(300_000, seed: 5)
      var received: [UInt8] = []
      try withScope { scope in
        scope.spawn { try stream.write(bytes) }
        while received.count < bytes.count { received += Array(try readBytes(reader)) }
      }
      #expect(received == bytes)
      #expect(!isNonBlocking(number))
    }
  }

  @Test func `a terminal that programs share stays blocking`() throws {
    try onDrift {
      let pair = try makeTerminal()
      let controller = pair.controller
      let terminal = pair.terminal
      try terminal.setBlockingMode(.blocking)
      let number = terminal.rawValue
      let stream = try InheritedStream(number, for: .reading)
      let keyboard = try Descriptor(adopting: controller)
      var buffer = [UInt8](repeating: 0, count: 100)
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(10)) { _ = try stream.read(into: &buffer) }
      }
      try keyboard.write(Array("typed\n".utf8))
      #expect(try stream.read(into: &buffer) == 6)
      #expect(!isNonBlocking(number))
    }
  }

  @Test func `files, null and sockets are used as they are`() throws {
    try onDrift {
      var buffer = [UInt8](repeating: 0, count: 100)
      let file = try Fd(opening: "/proc/self/status", for: .reading)
      #expect(try InheritedStream(file.rawValue, for: .reading).read(into: &buffer) > 0)
      let null = try Fd(opening: "/dev/null", for: .both)
      #expect(try InheritedStream(null.rawValue, for: .reading).read(into: &buffer) == 0)
      try InheritedStream(null.rawValue, for: .writing).write(buffer)
      // Somebody else has made this one non-blocking: then waiting parks.
      let (one, other) = try makeSocketPair()
      defer {
        close(one)
        close(other)
      }
      let socket = try InheritedStream(one, for: .reading)
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(10)) { _ = try socket.read(into: &buffer) }
      }
      try send("hi", on: other)
      #expect(try socket.read(into: &buffer) == 2)
    }
  }

  @Test func `a child sees an inherited pipe as blocking while this side uses it`() throws {
    try onDrift {
      let pipe = try Pipe(readEnd: .nonBlocking, writeEnd: .blocking)
      let reader = try Descriptor(adopting: pipe.readEnd)
      let stream = try InheritedStream(pipe.writeEnd.rawValue, for: .writing)
      try stream.write(Array("ours ".utf8))
      // fdinfo's flags are octal; 04000 is O_NONBLOCK.
      let info = try contents(of: "/proc/self/fdinfo/\(pipe.writeEnd.rawValue)")
      let flags = info.split(separator: "\n").first { $0.hasPrefix("flags:") }
      let text = try #require(flags).dropFirst(6).drop { $0.isWhitespace }
      #expect(try #require(Int(text, radix: 8)) & 0o4000 == 0)
      #expect(try readText(reader) == "ours ")
    }
  }

  @Test func `a blocking socket is shared as it is, and its reader and writer park`() throws {
    try onDrift {
      let (one, other) = try makeSocketPair()
      defer {
        close(one)
        close(other)
      }
      try Fd.borrowing(one) { socket throws(CoreError) in try socket.setBlockingMode(.blocking) }
      let stream = try InheritedStream(one, for: .both)
      let peer = try Descriptor(adopting: Fd(adopting: fcntl(other, F_DUPFD_CLOEXEC, 0)))
      let bytes = noise(1 << 20, seed: 6)
      var received: [UInt8] = []
      try withScope { scope in
        // Each would stop the OS thread for ever, were it not for the other.
        scope.spawn { try stream.write(bytes) }
        let reading = scope.spawn { try stream.readExactly(5) }
        GreenThread.yield()
        #expect(throws: ResourceBusy.self) { try stream.readExactly(1) }
        received = try peer.readExactly(bytes.count)
        try peer.write("reply")
        let reply = try reading.join()
        #expect(reply == Array("reply".utf8))
      }
      #expect(received == bytes)
      #expect(!isNonBlocking(one))
    }
  }

  @Test func `closing ends the stream, wakes its reader, and leaves the descriptor open`() throws {
    try onDrift {
      let pipe = try Pipe(readEnd: .blocking, writeEnd: .blocking)
      let (one, other) = try makeSocketPair()
      defer {
        close(one)
        close(other)
      }
      for number in [pipe.readEnd.rawValue, one] {
        let stream = try InheritedStream(number, for: .reading)
        try withScope(isolatingFailures: { _ in }) { scope in
          let reading = scope.spawn { try stream.readExactly(1) }
          GreenThread.yield()
          stream.close()
          #expect(throws: ResourceClosed.self) { try reading.join() }
        }
        #expect(throws: ResourceClosed.self) { try stream.readExactly(1) }
        #expect(isOpen(number))
      }
    }
  }

  @Test func `what is there is kept from the cancelled, and from all once it is closed`() throws {
    try onDrift {
      let (one, other) = try makeSocketPair()
      defer {
        close(one)
        close(other)
      }
      let stream = try InheritedStream(one, for: .both)
      try send("hi", on: other)
      var buffer: [UInt8] = [0]
      try withScope { scope in
        scope.cancel()
        #expect(throws: Cancelled.self) { _ = try stream.read(into: &buffer) }
        #expect(throws: Cancelled.self) { _ = try stream.writeSome(gathering: [[1]], behind: 0) }
      }
      #expect(try stream.read(into: &buffer) == 1 && buffer == Array("h".utf8))
      stream.close()
      #expect(throws: ResourceClosed.self) { _ = try stream.read(into: &buffer) }
      #expect(throws: ResourceClosed.self) { _ = try stream.writeSome(gathering: [[1]], behind: 0) }
      #expect(unsafe recv(other, &buffer, 1, Int32(MSG_DONTWAIT)) == -1)
    }
  }

  @Test func `whoever waits for a socket is not overtaken`() throws {
    try onDrift {
      let (one, other) = try makeSocketPair()
      defer {
        close(one)
        close(other)
      }
      let stream = try InheritedStream(one, for: .both)
      var buffer = [UInt8](repeating: 0, count: 1 << 20)
      try withScope { scope in
        let reading = scope.spawn { try stream.readExactly(2) }
        let writing = scope.spawn { try stream.write([UInt8](repeating: 1, count: 1 << 20)) }
        while SchedulerSnapshot().observations[0].count < 2 { GreenThread.yield() }
        // Both could go on now, but have not run yet.
        try send("hi", on: other)
        #expect(unsafe recv(other, &buffer, buffer.count, 0) > 0)
        #expect(throws: ResourceBusy.self) { _ = try stream.read(into: &buffer) }
        #expect(throws: ResourceBusy.self) { _ = try stream.writeSome(gathering: [[1]], behind: 0) }
        let greeting = try reading.join()
        #expect(greeting == Array("hi".utf8))
        writing.cancel()
        #expect(throws: Cancelled.self) { try writing.join() }
      }
    }
  }

  @Test func `the end cannot be passed on, and that is said`() throws {
    try onDrift {
      let pipe = try Pipe(readEnd: .blocking, writeEnd: .blocking)
      let stream = try InheritedStream(pipe.writeEnd.rawValue, for: .writing)
      let error = #expect(throws: CoreError.self) { try stream.shutdownWrite() }
      #expect(error?.code == .notSupported)
    }
  }

  @Test func `what takes nothing more is ENOSPC`() throws {
    try onDrift {
      let full = try Fd(opening: "/dev/full", for: .writing)
      let stream = try InheritedStream(full.rawValue, for: .writing)
      let writer = BufferedWriter(stream)
      try writer.write("a line that must not vanish")
      let error = #expect(throws: CoreError.self) { try writer.flush() }
      #expect(error?.code == .noSpace && writer.unflushedCount == 27)
    }
  }

  @Test(arguments: [Fd.Access.reading, .writing])
  func `an endless file lets others run`(access: Fd.Access) throws {
    try onDrift {
      let zero = try Fd(opening: "/dev/zero", for: access)
      let stream = try InheritedStream(zero.rawValue, for: access)
      var turns = 0
      try withScope { scope in
        let moving = scope.spawn {
          var buffer = [UInt8](repeating: 1, count: 64 << 10)
          for _ in 0..<200 {
            if access == .reading { _ = try stream.read(into: &buffer) }
            if access == .writing { try stream.write(buffer) }
          }
        }
        scope.spawn {
          while !moving.isFinished {
            turns += 1
            GreenThread.yield()
          }
        }
      }
      #expect(turns >= 160)
    }
  }

  private func readBytes(_ reader: Descriptor) throws -> ArraySlice<UInt8> {
    var buffer = [UInt8](repeating: 0, count: 10_000)
    let count = try reader.read(into: &buffer)
    return buffer[..<count]
  }
}
