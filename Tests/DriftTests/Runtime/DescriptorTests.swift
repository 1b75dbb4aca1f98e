import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct DescriptorTests {
  @Test func `close wakes the reader and the writer with closed`() throws {
    try onDriftWithOwnDescriptors {
      let (one, other) = try makeSocketPair()
      let descriptor = try Descriptor(adopting: Fd(adopting: one))
      let peer = try Fd(adopting: other)
      var ends: [String] = []
      try withScope { scope in
        scope.spawn {
          do { _ = try readText(descriptor) } catch is ResourceClosed { ends.append("reader") }
        }
        scope.spawn {
          do {
            try descriptor.write([UInt8](repeating: 1, count: 8 << 20))
          } catch is ResourceClosed { ends.append("writer") }
        }
        try GreenThread.sleep(for: .milliseconds(5))
        #expect(ends.isEmpty)
        descriptor.close()
      }
      #expect(ends.sorted() == ["reader", "writer"])
      #expect(!isOpen(one))
      _ = consume peer
    }
  }

  @Test func `closed stays closed, for every operation`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      reader.close()
      writer.close()
      reader.close()
      #expect(reader.isClosed)
      try withTimeout(.seconds(20)) {
        #expect(throws: ResourceClosed.self) { _ = try readText(reader) }
        #expect(throws: ResourceClosed.self) { try writer.write([1]) }
        #expect(throws: ResourceClosed.self) { try parkRead(reader) }
        #expect(throws: ResourceClosed.self) { try parkWrite(writer) }
      }
    }
  }

  @Test func `an edge that comes before the park is replayed once`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      try GreenThread.sleep(for: .milliseconds(2))
      try writer.write([1])
      try GreenThread.sleep(for: .milliseconds(2))
      try withTimeout(.seconds(20)) { try parkRead(reader) }
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(20)) { try parkRead(reader) }
      }
      #expect(try readText(reader).utf8.count == 1)
    }
  }

  @Test func `a hang-up stays for all later waiters`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      try GreenThread.sleep(for: .milliseconds(2))
      writer.close()
      try GreenThread.sleep(for: .milliseconds(2))
      try withTimeout(.seconds(20)) {
        for _ in 0..<5 { try parkRead(reader) }
        #expect(try readText(reader) == "")
        #expect(try readText(reader) == "")
        try parkRead(reader)
      }
    }
  }

  @Test func `an error stays for all later waiters`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      // Until there is no room, so that readiness is nothing but the error.
      let some = [UInt8](repeating: 1, count: 4096)
      while unsafe Glibc.write(writer.rawValue, some, some.count) > 0 {}
      reader.close()
      try GreenThread.sleep(for: .milliseconds(2))
      try withTimeout(.seconds(20)) { for _ in 0..<5 { try parkWrite(writer) } }
      let error = errorThrown { try writer.write([1]) }
      #expect((error as? CoreError)?.code == .brokenPipe)
    }
  }

  @Test func `a hang-up that is over parks the reader again`() throws {
    try onDrift {
      let (reader, first) = try makePipe()
      try GreenThread.sleep(for: .milliseconds(2))
      first.close()
      try GreenThread.sleep(for: .milliseconds(2))
      #expect(try readText(reader) == "")
      // A new writer: now the kernel says would-block, although the hang-up has been told.
      let second = try Descriptor(adopting: Fd(reopening: reader.rawValue, for: .writing))
      var text = ""
      try withScope { scope in
        let reading = scope.spawn { text = try readText(reader) }
        #expect(try turns { try GreenThread.sleep(for: .milliseconds(200)) } < 20)
        try second.write(Array("again".utf8))
        try reading.join(within: .seconds(20))
      }
      #expect(text == "again")
    }
  }

  @Test func `stale readiness does not spin`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      // An edge for bytes that are gone by the time somebody waits.
      try writer.write([1, 2, 3])
      try GreenThread.sleep(for: .milliseconds(2))
      _ = try readText(reader)
      try withScope { scope in
        let waiting = scope.spawn { _ = try readText(reader) }
        try GreenThread.sleep(for: .milliseconds(5))
        #expect(try turns { try GreenThread.sleep(for: .milliseconds(500)) } < 20)
        #expect(!waiting.isFinished)
        writer.close()
      }
    }
  }

  @Test func `a second reader is told who the first is, who is not disturbed`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      var text = ""
      try withScope { scope in
        scope.spawn(name: "first") { text = try readText(reader) }
        GreenThread.yield()
        let reading = #expect(throws: ResourceBusy.self) { _ = try readText(reader) }
        #expect(reading?.holder.contains("first") == true)
        let parking = #expect(throws: ResourceBusy.self) { try parkRead(reader) }
        #expect(parking?.holder.contains("first") == true)
        #expect(text == "")
        try writer.write(Array("for the first".utf8))
      }
      #expect(text == "for the first")
    }
  }

  @Test func `a second writer is busy, a reader beside it is not`() throws {
    try onDrift {
      let (one, other) = try makeSocketPair()
      let descriptor = try Descriptor(adopting: Fd(adopting: one))
      let peer = try Descriptor(adopting: Fd(adopting: other))
      let bytes = noise(4 << 20, seed: 1)
      var received: [UInt8] = []
      try withScope { scope in
        scope.spawn(name: "writer") {
          try descriptor.write(bytes)
          descriptor.close()
        }
        try GreenThread.sleep(for: .milliseconds(2))
        let busy = #expect(throws: ResourceBusy.self) { try descriptor.write([1]) }
        #expect(busy?.holder.contains("writer") == true)
        try peer.write(Array("hello".utf8))
        #expect(try readText(descriptor) == "hello")
        received = try readAll(peer)
      }
      #expect(received == bytes)
    }
  }

  @Test func `an event of a closed number never reaches its next owner`() throws {
    // The number is nobody's for a moment, and must not become another test's.
    try onDriftWithOwnDescriptors {
      let (old, oldWriter) = try makePipe()
      let number = old.rawValue
      // As a child's copy would, this keeps the open file alive.
      let copy = try Fd.init(adopting: dup(number))
      // Before the number is free, so that neither end gets it: `new` alone owns it.
      let pipe = try Pipe()
      old.close()
      try pipe.readEnd.duplicate(onto: number, .closed)
      let new = try Descriptor(adopting: Fd(adopting: number))
      let writer = try Descriptor(adopting: pipe.writeEnd)
      try GreenThread.sleep(for: .milliseconds(2))
      try oldWriter.write([1])
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(30)) { try parkRead(new) }
      }
      try writer.write([2])
      try withTimeout(.seconds(20)) { try parkRead(new) }
      _ = consume copy
    }
  }

  @Test func `a blocking descriptor and a regular file are refused, and closed`() throws {
    try onDriftWithOwnDescriptors {
      let pipe = try Pipe(readEnd: .blocking, writeEnd: .blocking)
      let number = try pipe.readEnd.duplicate().release()
      let blocking = #expect(throws: CoreError.self) {
        _ = try Descriptor(adopting: Fd(adopting: number))
      }
      #expect(blocking?.code == .invalidArgument)
      #expect(!isOpen(number))
      let file = try Fd(opening: "/proc/self/exe", for: .reading, .nonBlocking).release()
      let regular = #expect(throws: CoreError.self) {
        _ = try Descriptor(adopting: Fd(adopting: file))
      }
      #expect(regular?.code == .notPermitted)
      #expect(!isOpen(file))
    }
  }

  @Test func `letting go of a descriptor closes it, also after the loop has ended`() throws {
    try withOwnDescriptors {
      var kept: Descriptor?
      let number: Int32 = try Drift.run {
        let (reader, writer) = try makePipe()
        kept = reader
        _ = consume writer
        return reader.rawValue
      }
      #expect(kept?.isClosed == false && isOpen(number))
      kept = nil
      #expect(!isOpen(number))
    }
  }
}
