import CoreShift
import Glibc
import TestSupport
import Testing

extension ErrorTrigger {
  private static func local(_ port: UInt16 = 0) throws -> SocketAddress {
    try SocketAddress(ip: "127.0.0.1", port: port)
  }

  static var sockets: [() throws -> Void] {
    [
      { _ = try SocketAddress(ip: "host", port: 1) },
      { _ = try SocketAddress(ipBytes: [1, 2, 3], port: 1) },
      { _ = try SocketAddress.lookUp("a\0b", port: 1) },
      {
        var failure: (any Error)?
        try withRefusedCalls([RefusedCall(.socket, with: EAFNOSUPPORT)]) {
          failure = errorThrown { _ = try DatagramSocket.open(.v6) }
        }
        if let failure { throw failure }
      },
      { try Socket.setSize(of: .sending, to: -1, on: UnixSocket.makePair().first) },
      { try Socket.setNoDelay(UnixSocket.makePair().first) },
      { _ = try UnixSocket.peerCredentials(of: UnixSocket.open(.stream)) },
      { _ = try Socket.localAddress(of: Pipe().readEnd) },
      { _ = try Socket.peerAddress(of: DatagramSocket.open(.v4)) },
      {
        let listener = try Socket.listen(on: local())
        _ = try Socket.listen(on: Socket.localAddress(of: listener))
      },
      { _ = try Socket.listen(on: SocketAddress(ip: "192.0.2.1", port: 0)) },
      {
        let listener = try Socket.listen(on: local())
        let address = try Socket.localAddress(of: listener)
        try listener.close()
        let connecting = try Socket.connect(to: address)
        var reactor = try Reactor()
        let token = try reactor.register(connecting.socket, for: .writing)
        var events: [Event] = []
        _ = try reactor.waitUninterrupted(into: &events, upTo: 1, for: .seconds(20))
        try reactor.unregister(token)
        try Socket.finishConnect(connecting.socket, to: address)
      },
      { _ = try Socket.accept(from: UnixSocket.open(.stream)) },
      {
        var one: [UInt8] = [0]; _ = try Socket.receive(&one, from: tcpSocket())
      },
      {
        let pair = try UnixSocket.makePair()
        try pair.second.close()
        _ = try Socket.send([1], to: pair.first)
      },
      {
        _ = try DatagramSocket.send(
          [UInt8](repeating: 0, count: 70_000), to: local(9), through: DatagramSocket.open(.v4))
      },
      { try Socket.shutdownWrite(tcpSocket()) },
    ]
  }

  static var unixSockets: [() throws -> Void] {
    let long = RawString(String(repeating: "x", count: 108))
    return [
      { _ = try UnixAddress(path: "") },
      { _ = try UnixAddress(path: long) },
      { _ = try UnixAddress(abstractName: "") },
      { _ = try UnixAddress(abstractName: long) },
      { _ = try UnixSocket.listen(on: UnixAddress(abstractName: "a"), permissions: 0o600) },
      {
        let place = try SocketPlace()
        try place.makeFile()
        _ = try UnixSocket.listen(on: place.address(), replacing: .deadSocket)
      },
      { _ = try UnixSocket.listen(on: UnixAddress(path: "/tmp"), replacing: .anyFile) },
      { try UnixSocket.setPermissions(0o600, of: "/dev/null") },
      { try UnixSocket.setPermissions(0o600, of: "/nonexistent") },
      { _ = try UnixSocket.connect(to: UnixAddress(path: "/nonexistent")) },
      {
        let place = try SocketPlace()
        let listener = try UnixSocket.listen(on: place.address())
        _ = try UnixSocket.connect(to: listener.address, as: .sequencedPacket)
      },
      {
        var one: [UInt8] = [0]; _ = try UnixSocket.receive(&one, from: Pipe().readEnd)
      },
      {
        let receiver = try UnixSocket.bind(to: .autobind)
        let address = receiver.address
        try receiver.takeSocket().close()
        _ = try UnixSocket.send([1], to: address, through: UnixSocket.open(.datagram))
      },
      {
        let pair = try UnixSocket.makePair()
        _ = try UnixSocket.send(
          [1], passing: [Int32](repeating: 2, count: 254), through: pair.first)
      },
    ]
  }

  static var watches: [() throws -> Void] {
    [
      { try Watches().watch("/nonexistent", for: .all) },
      { try Watches().watch("/dev/null", for: .all, .onlyDirectory) },
      {
        let watches = try Watches()
        try watches.watch("/tmp", for: .selfMoved)
        try watches.watch("/tmp", for: .selfMoved, .onlyNew)
      },
      { try Watches().watch("/tmp", for: []) },
      { try Watches().remove(Watch(rawValue: 9)) },
      {
        var events: [WatchEvent] = []
        let bytes: [UInt8] = [1, 2, 3]
        try unsafe WatchEvent.decode(bytes.span.bytes, appendingTo: &events)
      },
    ]
  }

  /// A TCP socket that is connected to nobody.
  private static func tcpSocket() throws -> Fd {
    let number = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    return try Fd(adopting: number)
  }
}
