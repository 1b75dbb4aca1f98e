import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct UDPSocketTests {
  @Test(arguments: ["127.0.0.1", "::1"])
  func `datagrams go there and back, an empty one too`(host: String) throws {
    try onDrift {
      let server = try UDPSocket(bind: host, port: 0)
      let client = try UDPSocket(bind: host, port: 0)
      let address = try server.localAddress
      #expect(address.port != 0)
      var buffer = [UInt8](repeating: 0, count: 10)
      try withScope { scope in
        let receiving = scope.spawn { try server.receive(into: &buffer) }
        GreenThread.yield()
        try client.send([], to: address)
        let empty = try receiving.join()
        #expect(empty.byteCount == 0 && !empty.isTruncated)
        #expect(try empty.sender == client.localAddress)
      }
      try client.send([1, 2, 3], to: address)
      let received = try server.receive(into: &buffer)
      #expect(received.byteCount == 3 && buffer[..<3] == [1, 2, 3])
      try server.send([4], to: received.sender)
      #expect(try client.receive(into: &buffer).byteCount == 1)
    }
  }

  @Test func `a datagram that does not fit is cut, and says how long it was`() throws {
    try onDrift {
      let server = try UDPSocket(bind: "127.0.0.1", port: 0)
      let client = try UDPSocket(.v4)
      try client.send(noise(100, seed: 1), to: server.localAddress)
      try client.send([5], to: server.localAddress)
      var buffer = [UInt8](repeating: 0, count: 10)
      let cut = try server.receive(into: &buffer)
      #expect(cut.isTruncated && cut.byteCount == 10 && cut.sentByteCount == 100)
      #expect(Array(buffer) == Array(noise(100, seed: 1)[..<10]))
      let whole = try server.receive(into: &buffer)
      #expect(!whole.isTruncated && whole.byteCount == 1)
    }
  }

  @Test func `a connected socket learns that nobody is there, and stays good`() throws {
    try onDrift {
      let server = try UDPSocket(bind: "127.0.0.1", port: 0)
      let address = try server.localAddress
      server.close()
      let client = try UDPSocket(.v4)
      let unnamed = #expect(throws: CoreError.self) { try client.send([1]) }
      #expect(unnamed?.code == .destinationRequired)
      try client.connect(to: address)
      try client.send([1])
      var buffer = [UInt8](repeating: 0, count: 10)
      let error = #expect(throws: CoreError.self) { _ = try client.receive(into: &buffer) }
      #expect(error?.code == .connectionRefused)
      let again = try UDPSocket(bind: "127.0.0.1", port: address.port)
      try client.send([])
      #expect(try again.receive(into: &buffer).byteCount == 0)
      try again.send([9], to: client.localAddress)
      #expect(try client.receive(into: &buffer).byteCount == 1)
    }
  }

  @Test func `more than a datagram can carry is an error`() throws {
    try onDrift {
      let socket = try UDPSocket(bind: "127.0.0.1", port: 0)
      let error = #expect(throws: CoreError.self) {
        try socket.send([UInt8](repeating: 0, count: 70_000), to: socket.localAddress)
      }
      #expect(error?.code == .messageTooLong)
    }
  }

  @Test func `a receive ends by deadline, by cancellation and by closing`() throws {
    try onDrift {
      let socket = try UDPSocket(bind: "127.0.0.1", port: 0)
      var buffer: [UInt8] = [0]
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(5)) { _ = try socket.receive(into: &buffer) }
      }
      try withScope { scope in
        let cancelled = scope.spawn { try socket.receive(into: &buffer).byteCount }
        GreenThread.yield()
        cancelled.cancel()
        #expect(throws: Cancelled.self) { try cancelled.join() }
        let closed = scope.spawn {
          #expect(throws: ResourceClosed.self) { _ = try socket.receive(into: &buffer) }
        }
        GreenThread.yield()
        #expect(throws: ResourceBusy.self) { _ = try socket.receive(into: &buffer) }
        socket.close()
        _ = try closed.join()
      }
    }
  }

  @Test func `a thousand datagrams from an eager sender all arrive where there is room`() throws {
    try onDrift {
      var options: Socket.Options = []
      options.receivingBuffer = 4 << 20
      let server = try UDPSocket(bind: "127.0.0.1", port: 0, options: options)
      let client = try UDPSocket(.v4)
      let address = try server.localAddress
      var received = 0
      try withScope { scope in
        scope.spawn {
          for index in 0..<1000 {
            try client.send([UInt8(truncatingIfNeeded: index)], to: address)
            // In step with the receiver: no protocol holds a sender of datagrams back.
            if index % 50 == 49 { GreenThread.yield() }
          }
        }
        var buffer: [UInt8] = [0]
        while received < 1000 {
          let datagram = try server.receive(into: &buffer)
          #expect(datagram.byteCount == 1)
          #expect(buffer == [UInt8(truncatingIfNeeded: received)])
          received += 1
        }
      }
    }
  }

  @Test func `who waits for a datagram is not overtaken`() throws {
    try onDrift {
      let socket = try UDPSocket(bind: "127.0.0.1", port: 0)
      var first: [UInt8] = [0]
      var second: [UInt8] = [0]
      try withScope { scope in
        let receiving = scope.spawn { try socket.receive(into: &first).byteCount }
        GreenThread.yield()
        try socket.send([7], to: socket.localAddress)
        #expect(throws: ResourceBusy.self) { _ = try socket.receive(into: &second) }
        #expect(try receiving.join() == 1)
      }
      #expect(first == [7] && second == [0])
    }
  }
}
