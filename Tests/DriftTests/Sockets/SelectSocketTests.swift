import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct SelectSocketTests {
  @Test func `streams and listeners are awaited together, and each is taken when it is ready`()
    throws
  {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      let (near, far) = try UnixStream.pair()
      let pipe = try Pipe.makeStreams()
      let (client, server) = try connectedPair()
      func expectFirst(_ expected: String) throws {
        let taken = try select(
          .accept(from: listener) { "accepted \($0.localAddressIsKnown)" },
          .readable(near) { "unix" }, .readable(pipe.reader) { "pipe" },
          .readable(server) { "tcp" }, .after(.seconds(20)) { "late" })
        #expect(taken == expected)
      }
      try withScope { scope throws in
        scope.spawn { try far.write("x") }
        try expectFirst("unix")
        #expect(try near.readExactly(1) == Array("x".utf8))
        scope.spawn { try pipe.writer.write("y") }
        try expectFirst("pipe")
        #expect(try pipe.reader.readExactly(1) == Array("y".utf8))
        scope.spawn { try client.write("z") }
        try expectFirst("tcp")
        #expect(try server.readExactly(1) == Array("z".utf8))
        let connecting = scope.spawn { try TCPStream(connect: listener.localAddress) }
        try expectFirst("accepted true")
        try connecting.join().close()
      }
      #expect(SchedulerSnapshot().observations[0].count == 0, "no waiter is left behind")
    }
  }

  @Test func `a stream that is full is writable once there is room`() throws {
    try onDrift {
      let (writer, reader) = try UnixStream.pair()
      let block = [UInt8](repeating: 1, count: 64 << 10)
      var written = 0
      func fill() throws -> Bool {
        try select(
          .writable(writer) {
            written += try unsafe writer.writeSome(block.span.bytes)
            return true
          }, .after(.zero) { false })
      }
      // A branch that is ready is passed over half of the time.
      var misses = 0
      while misses < 64 { misses = try fill() ? 0 : misses + 1 }
      #expect(written > 0)
      try withScope { scope throws in
        scope.spawn { _ = try reader.readExactly(written) }
        let taken = try select(.writable(writer) { "room" }, .after(.seconds(20)) { "late" })
        #expect(taken == "room")
        // Told by the kernel, and so the write does not wait although the last one was short.
        _ = try unsafe writer.writeSome(block.span.bytes)
      }
    }
  }

  @Test func `a connection whose branch was not taken is the next one's`() throws {
    try onDrift {
      let listener = try UnixListener(bind: .autobind)
      let ready = Channel<Int>(.unbounded)
      let clients = try (0..<100).map { _ in try UnixStream(connect: listener.localAddress) }
      for (index, client) in clients.enumerated() {
        try client.write([UInt8(index)])
        for _ in 0..<10 { try ready.send(index) }
      }
      var served: [UInt8] = []
      var others = 0
      while served.count < 50 {
        try select(
          .accept(from: listener) { served += try $0.readExactly(1) },
          .receive(from: ready) { if $0 != nil { others += 1 } })
      }
      #expect(others > 0, "the listener was passed over at times")
      while served.count < 100 { served += try listener.accept().readExactly(1) }
      #expect(served == (0..<100).map { UInt8($0) })
    }
  }

  @Test func `a select that is cancelled or late leaves the listener to others`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      try withScope { scope throws in
        let waiting = scope.spawn {
          try select(.accept(from: listener) { $0.close() })
        }
        while SchedulerSnapshot().observations[0].count < 1 { GreenThread.yield() }
        #expect(throws: ResourceBusy.self) { try listener.accept() }
        let busy = errorThrown { try select(.accept(from: listener) { $0.close() }) }
        #expect(busy is ResourceBusy)
        waiting.cancel()
        #expect(throws: Cancelled.self) { try waiting.join() }
      }
      let late = try select(
        .accept(from: listener) { _ in "accepted" }, .after(.milliseconds(1)) { "late" })
      #expect(late == "late")
      let client = try TCPStream(connect: listener.localAddress)
      try listener.accept().write("hello")
      #expect(try client.readExactly(5) == Array("hello".utf8))
      #expect(SchedulerSnapshot().observations[0].count == 0, "no waiter is left behind")
    }
  }

  @Test func `a cancelled winner and the next select lose no connection`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      for _ in 0..<50 {
        try withScope { scope throws in
          let waiting = scope.spawn { try select(.accept(from: listener) { $0 }) }
          while SchedulerSnapshot().observations[0].count < 1 { GreenThread.yield() }
          let client = try TCPStream(connect: listener.localAddress)
          waiting.cancel()
          let first = try? waiting.join()
          let server = try first ?? listener.accept()
          try server.write("x")
          #expect(try client.readExactly(1) == Array("x".utf8))
        }
      }
    }
  }

  @Test func `closing and stopping end a select that waits for connections`() throws {
    try onDrift {
      for isStopped in [false, true] {
        let listener = try UnixPacketListener(bind: .autobind)
        try withScope(isolatingFailures: { _ in }) { scope throws in
          let waiting = scope.spawn { try select(.accept(from: listener) { _ in 1 }) }
          while SchedulerSnapshot().observations[0].count < 1 { GreenThread.yield() }
          if isStopped { listener.stop() } else { listener.close() }
          #expect(throws: ResourceClosed.self) { try waiting.join() }
        }
        let again = errorThrown { try select(.accept(from: listener) { _ in }) }
        #expect(again is ResourceClosed)
      }
    }
  }

  @Test func `closing a listener closes a connection that it has kept`() throws {
    try onDrift {
      var kept = 0
      while kept == 0 {
        let listener = try UnixListener(bind: .autobind)
        let client = try UnixStream(connect: listener.localAddress)
        // Both are ready, and one of them is drawn.
        let isServed = try select(
          .accept(from: listener) { connection in
            try connection.write("x")
            return true
          }, .after(.zero) { false })
        listener.close()
        let received = try? client.readAll(limit: 1)
        #expect(received == (isServed ? Array("x".utf8) : []))
        if !isServed { kept += 1 }
      }
    }
  }
}

extension TCPStream {
  fileprivate var localAddressIsKnown: Bool { (try? localAddress) != nil }
}
