internal import CCoreShift

// SAFETY: buffers and addresses are the caller's, and outlive the call.

extension SystemCall {
  @inline(__always)
  static func receive(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    unsafe ccoreshift_receive(descriptor, buffer.baseAddress, buffer.count)
  }

  static func peek(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    unsafe ccoreshift_peek(descriptor, buffer.baseAddress, buffer.count)
  }

  @inline(__always)
  static func send(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
    unsafe ccoreshift_send(descriptor, buffer.baseAddress, buffer.count)
  }

  static func tcpSocket(_ family: SocketAddress.Family) -> Int32 {
    ccoreshift_tcp_socket(Int32(family.rawValue))
  }

  static func bind(_ descriptor: Int32, _ address: SocketAddress) -> Int32 {
    var raw = address.storage.raw
    return unsafe ccoreshift_bind(descriptor, &raw)
  }

  static func listen(_ descriptor: Int32, _ backlog: Int32) -> Int32 {
    ccoreshift_listen(descriptor, backlog)
  }

  static func connect(_ descriptor: Int32, _ address: SocketAddress) -> Int32 {
    var raw = address.storage.raw
    return unsafe ccoreshift_connect(descriptor, &raw)
  }

  static func pendingError(_ descriptor: Int32) -> Int32 { ccoreshift_pending_error(descriptor) }

  static func accept(
    _ descriptor: Int32, nonBlocking: Bool
  ) -> (result: Int32, peer: SocketAddress) {
    var storage = AddressStorage()
    let result = unsafe ccoreshift_accept(descriptor, nonBlocking ? 1 : 0, &storage.raw)
    return (result, SocketAddress(storage))
  }

  static func backlog(_ descriptor: Int32) -> Int32 { ccoreshift_backlog(descriptor) }

  static func localAddress(_ descriptor: Int32) -> (result: Int32, address: SocketAddress) {
    var storage = AddressStorage()
    let result = unsafe ccoreshift_local_address(descriptor, &storage.raw)
    return (result, SocketAddress(storage))
  }

  static func peerAddress(_ descriptor: Int32) -> (result: Int32, address: SocketAddress) {
    var storage = AddressStorage()
    let result = unsafe ccoreshift_peer_address(descriptor, &storage.raw)
    return (result, SocketAddress(storage))
  }

  static func shutdownWrite(_ descriptor: Int32) -> Int32 { ccoreshift_shutdown_write(descriptor) }

  static func udpSocket(_ family: SocketAddress.Family) -> Int32 {
    ccoreshift_udp_socket(Int32(family.rawValue))
  }

  static func receiveDatagram(
    _ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer
  ) -> (result: Int, sender: SocketAddress) {
    var storage = AddressStorage()
    let result = unsafe ccoreshift_receive_from(
      descriptor, buffer.baseAddress, buffer.count, &storage.raw)
    return (result, SocketAddress(storage))
  }

  static func sendDatagram(
    _ descriptor: Int32, _ buffer: UnsafeRawBufferPointer, to address: SocketAddress
  ) -> Int {
    var raw = address.storage.raw
    return unsafe ccoreshift_send_to(descriptor, buffer.baseAddress, buffer.count, &raw)
  }

  static func setOption(
    _ descriptor: Int32, _ option: ccoreshift_socket_option, _ value: Int32
  ) -> Int32 {
    ccoreshift_set_option(descriptor, Int32(option.rawValue), value)
  }

  static func option(_ descriptor: Int32, _ option: ccoreshift_socket_option) -> Int32 {
    ccoreshift_get_option(descriptor, Int32(option.rawValue))
  }

  static func setResetOnClose(_ descriptor: Int32, _ isOn: Bool) -> Int32 {
    ccoreshift_set_reset_on_close(descriptor, isOn ? 1 : 0)
  }

  static func resetOnClose(_ descriptor: Int32) -> Int32 {
    ccoreshift_get_reset_on_close(descriptor)
  }
}

extension Socket.Option {
  /// The C target's number of it.
  var number: ccoreshift_socket_option {
    switch self {
    case .noDelay: CCORESHIFT_NO_DELAY
    case .reuseAddress: CCORESHIFT_REUSE_ADDRESS
    case .reusePort: CCORESHIFT_REUSE_PORT
    case .keepAlive: CCORESHIFT_KEEP_ALIVE
    case .broadcast: CCORESHIFT_BROADCAST
    case .dualStack: CCORESHIFT_V6_ONLY
    }
  }
}

extension Socket.Buffer {
  /// The C target's number of its size.
  var number: ccoreshift_socket_option {
    switch self {
    case .sending: CCORESHIFT_SEND_BUFFER
    case .receiving: CCORESHIFT_RECEIVE_BUFFER
    }
  }
}

extension SystemCall {
  /// When a silent connection is probed, in seconds, and how often.
  static func setKeepAlive(
    _ descriptor: Int32, idle: Int32, interval: Int32, probes: Int32
  ) -> Int32 {
    let steps: [(ccoreshift_socket_option, Int32)] = [
      (CCORESHIFT_KEEP_IDLE, idle), (CCORESHIFT_KEEP_INTERVAL, interval),
      (CCORESHIFT_KEEP_COUNT, probes), (CCORESHIFT_KEEP_ALIVE, 1),
    ]
    for (option, value) in steps {
      let result = setOption(descriptor, option, value)
      guard result == 0 else { return result }
    }
    return 0
  }
}
