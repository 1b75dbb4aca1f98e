import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

// Options as a listener or a connection is made with them, and on an open socket.
@Suite struct SocketOptionsTests {
  @Test func `what a listener is set up with passes to what it accepts`() throws {
    try onDrift {
      var options: Socket.Options = [.noDelay, .reusePort]
      options.keepAlive = Socket.KeepAlive(idle: .seconds(60), interval: .seconds(5), probes: 3)
      options.receivingBuffer = 50_000
      let listener = try TCPListener(bind: "127.0.0.1", port: 0, options: options)
      #expect(try listener.isEnabled(.reusePort) && listener.isEnabled(.reuseAddress))
      let client = try TCPStream(connect: listener.localAddress, options: [.keepAlive])
      let server = try listener.accept()
      #expect(try server.isEnabled(.noDelay) && server.isEnabled(.keepAlive))
      #expect(try server.size(of: .receiving) == 100_000)
      #expect(try client.isEnabled(.keepAlive) && !client.isEnabled(.noDelay))
      try client.setNoDelay()
      try client.disable(.keepAlive)
      #expect(try client.isEnabled(.noDelay) && !client.isEnabled(.keepAlive))
      var larger: Socket.Options = []
      larger.sendingBuffer = 40_000
      try client.configure(with: larger)
      #expect(try client.size(of: .sending) == 80_000)
    }
  }

  @Test func `an option that a socket does not have is an error, and a closed one has none`() throws
  {
    try onDrift {
      let (one, _other) = try UnixStream.pair()
      let error = #expect(throws: CoreError.self) { try one.enable(.noDelay) }
      #expect(error?.operation == "setsockopt")
      one.close()
      _other.close()
      #expect(throws: ResourceClosed.self) { try one.enable(.broadcast) }
    }
  }

  @Test func `both families come to a listener for both, and only IPv6 to another`() throws {
    try onDrift {
      let both = try TCPListener(bind: "::", port: 0, options: [.dualStack])
      let port = both.localAddress.port
      for host in ["127.0.0.1", "::1"] {
        let client = try TCPStream(connect: host, port: port)
        let server = try both.accept()
        try client.write([1])
        #expect(try server.readExactly(1) == [1])
      }
      let one = try TCPListener(bind: "::", port: 0)
      let refused = #expect(throws: CoreError.self) {
        _ = try TCPStream(connect: "127.0.0.1", port: one.localAddress.port)
      }
      #expect(refused?.code == .connectionRefused)
    }
  }

  @Test func `a reset reaches the peer as such, and drops what has not left`() throws {
    try onDrift {
      let (client, server) = try connectedPair()
      try client.write([1])
      #expect(try server.readExactly(1) == [1])
      client.reset()
      client.reset()
      let error = #expect(throws: CoreError.self) { _ = try read(server) }
      #expect(error?.code == .connectionReset)
      let (other, last) = try connectedPair()
      var options: Socket.Options = []
      options.closing = .reset
      try other.configure(with: options)
      other.close()
      let again = #expect(throws: CoreError.self) { _ = try read(last) }
      #expect(again?.code == .connectionReset)
    }
  }

  @Test func `what was peeked at is read again, and more that came`() throws {
    try onDrift {
      let (client, server) = try connectedPair()
      var buffer = [UInt8](repeating: 0, count: 3)
      try withScope { scope in
        let peeking = scope.spawn { try server.peek(into: &buffer) }
        GreenThread.yield()
        try client.write([1, 2])
        #expect(try peeking.join() == 2)
      }
      #expect(buffer == [1, 2, 0])
      try client.write([3])
      try client.shutdownWrite()
      #expect(try server.readAll(limit: 10) == [1, 2, 3])
      #expect(try server.peek(into: &buffer) == 0)
    }
  }

  @Test func `a listener and a connection from elsewhere are taken over`() throws {
    try onDrift {
      let listening = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
      let listener = try TCPListener(adopting: listening)
      let connecting = try Socket.connect(to: listener.localAddress)
      let server = try listener.accept()
      let client = try TCPStream(adopting: connecting.socket)
      #expect(client.peerAddress == listener.localAddress)
      try client.write([1])
      #expect(try server.readExactly(1) == [1])
      #expect(throws: CoreError.self) { _ = try TCPStream(adopting: DatagramSocket.open(.v4)) }
    }
  }
}
