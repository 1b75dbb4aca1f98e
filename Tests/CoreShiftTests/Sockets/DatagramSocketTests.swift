import CoreShift
import Testing

@Suite struct DatagramSocketTests {
  @Test(arguments: ["127.0.0.1", "::1"])
  func `datagrams arrive one by one, with their sender`(ip: String) throws {
    let receiver = try DatagramSocket.bind(to: SocketAddress(ip: ip, port: 0))
    let sender = try DatagramSocket.bind(to: SocketAddress(ip: ip, port: 0))
    let to = try Socket.localAddress(of: receiver)
    #expect(to.port != 0)
    #expect(try DatagramSocket.send([1, 2, 3], to: to, through: sender) == .bytes(3))
    #expect(try DatagramSocket.send([4], to: to, through: sender) == .bytes(1))
    #expect(try waitUntil(.reading, on: receiver))
    var buffer = [UInt8](repeating: 0, count: 8)
    let first = try #require(try DatagramSocket.receive(&buffer, from: receiver))
    #expect(first.byteCount == 3 && buffer[..<3] == [1, 2, 3])
    #expect(!first.isTruncated)
    #expect(try first.sender == Socket.localAddress(of: sender))
    #expect(try DatagramSocket.receive(&buffer, from: receiver)?.byteCount == 1)
    #expect(try DatagramSocket.receive(&buffer, from: receiver) == nil)
    #expect(try receiver.blockingMode == .nonBlocking && receiver.execMode == .closed)
  }

  @Test func `an address of one link keeps its zone`() throws {
    // All nodes on the loopback's link, whose number is 1: without a zone EINVAL.
    let nodes = try SocketAddress(ip: "ff02::1%1", port: 0)
    let bound = try Socket.localAddress(of: DatagramSocket.bind(to: nodes))
    #expect(bound.host == nodes.host)
    let without = try SocketAddress(ip: "ff02::1", port: 0)
    let error = #expect(throws: CoreError.self) { _ = try DatagramSocket.bind(to: without) }
    #expect(error?.code == .invalidArgument)
  }

  @Test func `a small buffer truncates, and says how long the datagram was`() throws {
    let receiver = try DatagramSocket.bind(to: SocketAddress(ip: "127.0.0.1", port: 0))
    let sender = try DatagramSocket.open(.v4)
    let to = try Socket.localAddress(of: receiver)
    _ = try DatagramSocket.send([1, 2, 3], to: to, through: sender)
    _ = try DatagramSocket.send([4], to: to, through: sender)
    #expect(try waitUntil(.reading, on: receiver))
    var buffer: [UInt8] = [0, 0]
    let first = try #require(try DatagramSocket.receive(&buffer, from: receiver))
    #expect(first.byteCount == 2 && first.sentByteCount == 3 && first.isTruncated)
    let second = try #require(try DatagramSocket.receive(&buffer, from: receiver))
    #expect(second.byteCount == 1 && !second.isTruncated && buffer[0] == 4)
  }

  @Test func `an empty datagram is no end`() throws {
    let receiver = try DatagramSocket.bind(to: SocketAddress(ip: "127.0.0.1", port: 0))
    let sender = try DatagramSocket.open(.v4)
    let to = try Socket.localAddress(of: receiver)
    #expect(try DatagramSocket.send([], to: to, through: sender) == .bytes(0))
    #expect(try DatagramSocket.send([5], to: to, through: sender) == .bytes(1))
    #expect(try waitUntil(.reading, on: receiver))
    var buffer: [UInt8] = [0]
    let empty = try #require(try DatagramSocket.receive(&buffer, from: receiver))
    #expect(empty.byteCount == 0 && empty.sentByteCount == 0)
    #expect(try DatagramSocket.receive(&buffer, from: receiver)?.byteCount == 1)
  }

  @Test func `more than a datagram can hold is an error`() throws {
    let sender = try DatagramSocket.open(.v4)
    let to = try SocketAddress(ip: "127.0.0.1", port: 9)
    let error = #expect(throws: CoreError.self) {
      try DatagramSocket.send([UInt8](repeating: 0, count: 70_000), to: to, through: sender)
    }
    #expect(error?.code == .messageTooLong)
    #expect(error?.subject == .address("127.0.0.1:9"))
  }

  @Test func `a connected socket learns that nobody is there`() throws {
    let taken = try DatagramSocket.bind(to: SocketAddress(ip: "127.0.0.1", port: 0))
    let address = try Socket.localAddress(of: taken)
    try taken.close()
    let socket = try DatagramSocket.open(.v4)
    try DatagramSocket.connect(socket, to: address)
    #expect(try Socket.peerAddress(of: socket) == address)
    #expect(try sendConnected([1], through: socket) == .bytes(1))
    #expect(try waitUntil(.reading, on: socket))
    var buffer: [UInt8] = [0]
    let error = #expect(throws: CoreError.self) {
      try DatagramSocket.receive(&buffer, from: socket)
    }
    #expect(error?.code == .connectionRefused)
  }

  @Test func `a connected socket sends empty datagrams, too, and one without a peer none`() throws {
    let receiver = try DatagramSocket.bind(to: SocketAddress(ip: "127.0.0.1", port: 0))
    let sender = try DatagramSocket.open(.v4)
    let error = #expect(throws: CoreError.self) { try sendConnected([1], through: sender) }
    #expect(error?.code == .destinationRequired)
    try DatagramSocket.connect(sender, to: Socket.localAddress(of: receiver))
    #expect(try sendConnected([], through: sender) == .bytes(0))
    #expect(try waitUntil(.reading, on: receiver))
    var buffer: [UInt8] = [0]
    #expect(try DatagramSocket.receive(&buffer, from: receiver)?.byteCount == 0)
  }

  private func sendConnected(
    _ bytes: [UInt8], through socket: borrowing Fd
  ) throws(CoreError) -> WriteOutcome {
    try unsafe bytes.span.bytes.withUnsafeBytes { buffer throws(CoreError) in
      try unsafe DatagramSocket.send(buffer, through: socket)
    }
  }

  @Test func `an address that is taken is told, and may be shared when both ask for it`() throws {
    let any = try SocketAddress(ip: "127.0.0.1", port: 0)
    let first = try DatagramSocket.bind(to: any, options: [.reusePort])
    let address = try Socket.localAddress(of: first)
    let error = #expect(throws: CoreError.self) { _ = try DatagramSocket.bind(to: address) }
    #expect(error?.code == .addressInUse)
    #expect(error?.subject == .address(address.description))
    let second = try DatagramSocket.bind(to: address, options: [.reusePort])
    #expect(try Socket.localAddress(of: second) == address)
  }
}
