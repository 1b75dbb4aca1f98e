import CoreShift
import Glibc
import Testing

@Suite struct SocketOptionTests {
  @Test(arguments: [Socket.Option.noDelay, .reuseAddress, .reusePort, .keepAlive])
  func `options are off at first, and go on and off`(option: Socket.Option) throws {
    let connection = try Connection()
    #expect(try !Socket.isEnabled(option, on: connection.client))
    try Socket.enable(option, on: connection.client)
    #expect(try Socket.isEnabled(option, on: connection.client))
    try Socket.disable(option, on: connection.client)
    #expect(try !Socket.isEnabled(option, on: connection.client))
  }

  @Test func `what connects has its options from the start`() throws {
    let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
    let address = try Socket.localAddress(of: listener)
    let connecting = try Socket.connect(to: address, options: [.noDelay, .keepAlive])
    #expect(try Socket.isEnabled(.noDelay, on: connecting.socket))
    #expect(try Socket.isEnabled(.keepAlive, on: connecting.socket))
    #expect(try !Socket.isEnabled(.reusePort, on: connecting.socket))
  }

  @Test func `broadcast is asked for before it is sent`() throws {
    let socket = try DatagramSocket.open(.v4)
    let everybody = try SocketAddress(ip: "127.255.255.255", port: 9)
    let error = #expect(throws: CoreError.self) {
      try DatagramSocket.send([1], to: everybody, through: socket)
    }
    #expect(error?.code == .permissionDenied)
    try Socket.enable(.broadcast, on: socket)
    #expect(try DatagramSocket.send([1], to: everybody, through: socket) == .bytes(1))
  }

  @Test func `two listeners share a port when both ask for it`() throws {
    let any = try SocketAddress(ip: "127.0.0.1", port: 0)
    let first = try Socket.listen(on: any, options: [.reusePort])
    let address = try Socket.localAddress(of: first)
    let error = #expect(throws: CoreError.self) { _ = try Socket.listen(on: address) }
    #expect(error?.code == .addressInUse)
    let second = try Socket.listen(on: address, options: [.reusePort])
    #expect(try Socket.localAddress(of: second) == address)
  }

  @Test(arguments: [Socket.Buffer.sending, .receiving])
  func `buffers have the size that was asked for, doubled`(buffer: Socket.Buffer) throws {
    let connection = try Connection()
    try Socket.setSize(of: buffer, to: 20_000, on: connection.client)
    #expect(try Socket.size(of: buffer, on: connection.client) == 40_000)
    // The kernel's minimum, without an error.
    try Socket.setSize(of: buffer, to: 0, on: connection.client)
    #expect(try Socket.size(of: buffer, on: connection.client) > 0)
  }

  @Test(arguments: [Socket.Buffer.sending, .receiving])
  func `a size below zero is no size, and changes nothing`(buffer: Socket.Buffer) throws {
    let connection = try Connection()
    let before = try Socket.size(of: buffer, on: connection.client)
    let number = connection.client.rawValue
    for size in [-1, Int.min] {
      let expected = CoreError(
        operation: "setsockopt", code: .invalidArgument, subject: .descriptor(number))
      #expect(throws: expected) {
        try Socket.setSize(of: buffer, to: size, on: connection.client)
      }
    }
    #expect(try Socket.size(of: buffer, on: connection.client) == before)
  }

  @Test func `the times of keep-alive are whole seconds, rounded up`() throws {
    let connection = try Connection()
    try Socket.enableKeepAlive(
      after: .milliseconds(1500), every: .seconds(3), probes: 4, on: connection.client)
    #expect(try Socket.isEnabled(.keepAlive, on: connection.client))
    let number = connection.client.rawValue
    for (name, wanted) in [(TCP_KEEPIDLE, 2), (TCP_KEEPINTVL, 3), (TCP_KEEPCNT, 4)] {
      var value: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      #expect(unsafe getsockopt(number, Int32(IPPROTO_TCP), name, &value, &length) == 0)
      #expect(value == Int32(wanted))
    }
    let longest = Duration.seconds(Int64.max) + .nanoseconds(1)
    for time in [.zero, .seconds(-1), .nanoseconds(-1), longest] {
      let error = #expect(throws: CoreError.self) {
        try Socket.enableKeepAlive(
          after: time, every: .seconds(1), probes: 1, on: connection.client)
      }
      #expect(error?.code == .invalidArgument)
    }
  }

  @Test func `an option that a socket does not have is an error`() throws {
    let pair = try UnixSocket.makePair()
    let number = pair.first.rawValue
    let error = #expect(throws: CoreError.self) { try Socket.enable(.noDelay, on: pair.first) }
    #expect(error?.operation == "setsockopt")
    #expect(error?.subject == .descriptor(number))
  }

  @Test func `a connection can be accepted blocking, for a child`() throws {
    let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
    let connecting = try Socket.connect(to: Socket.localAddress(of: listener))
    #expect(try waitUntil(.reading, on: listener))
    guard let accepted = try Socket.accept(from: listener, as: .blocking) else {
      Issue.record("nobody came")
      return
    }
    #expect(try accepted.socket.blockingMode == .blocking)
    #expect(try accepted.socket.execMode == .closed)
    #expect(try connecting.socket.blockingMode == .nonBlocking)
  }

  @Test func `options are set together, and the first that fails is told`() throws {
    var options: Socket.Options = [.reusePort, .noDelay]
    options.keepAlive = Socket.KeepAlive(idle: .seconds(9), interval: .seconds(1), probes: 2)
    options.sendingBuffer = 30_000
    options.receivingBuffer = 20_000
    options.closing = .reset
    let listener = try Socket.listen(
      on: SocketAddress(ip: "127.0.0.1", port: 0), options: options)
    for option in [Socket.Option.reuseAddress, .reusePort, .noDelay, .keepAlive] {
      #expect(try Socket.isEnabled(option, on: listener))
    }
    #expect(try Socket.size(of: .sending, on: listener) == 60_000)
    #expect(try Socket.size(of: .receiving, on: listener) == 40_000)
    #expect(try Socket.closing(of: listener) == .reset)
    options.keepAlive?.probes = 0
    let address = try SocketAddress(ip: "127.0.0.1", port: 0)
    let error = #expect(throws: CoreError.self) {
      _ = try Socket.listen(on: address, options: options)
    }
    #expect(error?.operation == "setsockopt" && error?.code == .invalidArgument)
  }

  @Test func `closing resets the peer where that was asked for`() throws {
    let connection = try Connection()
    #expect(try Socket.closing(of: connection.client) == .orderly)
    try Socket.setClosing(.reset, of: connection.client)
    #expect(try Socket.closing(of: connection.client) == .reset)
    try Socket.setClosing(.orderly, of: connection.client)
    #expect(try Socket.closing(of: connection.client) == .orderly)
    try Socket.setClosing(.reset, of: connection.client)
    let client = connection.client
    let server = connection.server
    try client.close()
    #expect(try waitUntil(.reading, on: server))
    var buffer: [UInt8] = [0]
    let error = #expect(throws: CoreError.self) { try Socket.receive(&buffer, from: server) }
    #expect(error?.code == .connectionReset)
  }

  @Test func `an IPv6 socket takes IPv4 only where that was asked for`() throws {
    let any = try SocketAddress(ip: "::", port: 0)
    let both = try Socket.listen(on: any, options: [.dualStack])
    #expect(try Socket.isEnabled(.dualStack, on: both))
    let port = try Socket.localAddress(of: both).port
    let client = try Socket.connect(to: SocketAddress(ip: "127.0.0.1", port: port))
    #expect(try waitUntil(.reading, on: both))
    guard let accepted = try Socket.accept(from: both) else {
      Issue.record("nobody came")
      return
    }
    #expect(accepted.peer.host == "::ffff:127.0.0.1")
    try client.socket.close()
    let one = try DatagramSocket.bind(to: any)
    #expect(try !Socket.isEnabled(.dualStack, on: one))
  }
}
