public import CoreShift
internal import GreenThreads

extension TCPStream {
  /// Connects to a host, by its name or its numeric address.
  ///
  /// Parks.
  ///
  /// A name's addresses are tried as RFC 8305 ("happy eyeballs") has it: IPv6 and IPv4 take turns,
  /// each has 250 milliseconds before the next is tried beside it, and the first that answers is
  /// taken; the others are cancelled and closed.
  ///
  /// - Parameters:
  ///   - host: `example.org`, `192.0.2.1`, `2001:db8::1`.
  ///   - port: where.
  ///   - resolver: who knows the name; not asked about numeric addresses.
  ///   - options: what the socket is set up with before.
  /// - Throws: for a numeric address `CoreError` of `connect`, as ``init(connect:options:)``; for a
  ///   name ``LookupFailed``, what else ``Resolver/addresses(of:port:)`` throws, or
  ///   ``ConnectFailed`` with every address that was tried; `Cancelled`.
  public convenience init(
    connect host: String, port: UInt16, resolver: Resolver = .system, options: Socket.Options = []
  ) throws {
    if let numeric = try? SocketAddress(ip: host, port: port) {
      try self.init(connect: numeric, options: options)
      return
    }
    let addresses = takingTurns(try resolver.addresses(of: host, port: port))
    let race = ConnectRace(between: addresses) { try TCPStream(connect: $0, options: options) }
    switch try race.run() {
    case .winner(let stream): self.init(winner: stream)
    case .defeat(let failures):
      throw ConnectFailed(
        host: host, attempts: failures.map { .init(address: $0.address, error: $0.error) })
    }
  }

  /// Reads what is there into `buffer` from its start, waiting until there is something, and leaves
  /// it there for the next read.
  ///
  /// Parks. Asking again gives the same bytes, and perhaps more: nothing tells when.
  ///
  /// - Returns: how many bytes; 0 once the other side has ended its sending, or for an empty
  ///   buffer.
  /// - Throws: as `read`.
  public func peek(into buffer: inout [UInt8]) throws -> Int {
    if buffer.isEmpty { return 0 }
    let count = try unsafe buffer.withUnsafeMutableBytes { bytes in
      // SAFETY: the memory is lent for the length of the call. No short read, whatever comes: the
      // bytes are still there.
      try descriptor.readLoop(upTo: 0) { socket throws(CoreError) in
        try unsafe Socket.peek(bytes, from: socket)
      } ?? 0
    }
    // Whoever takes them counts them.
    descriptor.events.traffic.it.read &-= count
    return count
  }

  /// Ends the connection at once: the peer gets ECONNRESET, and what has not left yet is dropped.
  ///
  /// Who is parked on it gets `ResourceClosed`. Again: no effect.
  public func reset() {
    // Only a closed one has no such option.
    _ = try? withSocket { socket throws(CoreError) in
      try Socket.setClosing(.reset, of: socket)
    }
    close()
  }
}

extension TCPStream: Connection, OpenSocket {
  /// Lends the socket for a call that does not wait; see ``OpenSocket``.
  public func withSocket<Value: ~Copyable>(
    _ call: (borrowing Fd) throws(CoreError) -> Value
  ) throws -> Value {
    try descriptor.withDescriptor(call)
  }
}

extension Descriptor {
  /// A TCP connection that this library has made.
  ///
  /// Parks.
  static func connecting(
    to address: SocketAddress, _ options: Socket.Options
  ) throws -> Descriptor {
    try GreenThread.checkCancellation()
    let connecting = try Socket.connect(to: address, options: options)
    let progress = connecting.progress
    let descriptor = try Descriptor(adopting: connecting.socket, shortRead: .meansDrained)
    if progress == .connected { return descriptor }
    try descriptor.waitToWrite()
    try descriptor.withDescriptor { socket throws(CoreError) in
      try Socket.finishConnect(socket, to: address)
    }
    return descriptor
  }
}
