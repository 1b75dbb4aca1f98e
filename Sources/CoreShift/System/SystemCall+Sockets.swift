internal import CCoreShift

extension SystemCall {
  @inline(__always)
  static func receive(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    unsafe ccoreshift_receive(descriptor, buffer.baseAddress, buffer.count)
  }

  @inline(__always)
  static func send(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
    unsafe ccoreshift_send(descriptor, buffer.baseAddress, buffer.count)
  }

  static func tcpSocket(_ family: SocketAddress.Family) -> Int32 {
    ccoreshift_tcp_socket(Int32(family.rawValue))
  }

  static func bind(_ descriptor: Int32, _ address: SocketAddress) -> Int32 {
    var storage = address.storage
    return unsafe ccoreshift_bind(descriptor, &storage)
  }

  static func listen(_ descriptor: Int32, _ backlog: Int32) -> Int32 {
    ccoreshift_listen(descriptor, backlog)
  }

  static func connect(_ descriptor: Int32, _ address: SocketAddress) -> Int32 {
    var storage = address.storage
    return unsafe ccoreshift_connect(descriptor, &storage)
  }

  static func pendingError(_ descriptor: Int32) -> Int32 { ccoreshift_pending_error(descriptor) }

  static func accept(_ descriptor: Int32) -> (result: Int32, peer: SocketAddress) {
    var storage = ccoreshift_address()
    let result = unsafe ccoreshift_accept(descriptor, &storage)
    return (result, SocketAddress(storage))
  }

  static func localAddress(_ descriptor: Int32) -> (result: Int32, address: SocketAddress) {
    var storage = ccoreshift_address()
    let result = unsafe ccoreshift_local_address(descriptor, &storage)
    return (result, SocketAddress(storage))
  }

  static func peerAddress(_ descriptor: Int32) -> (result: Int32, address: SocketAddress) {
    var storage = ccoreshift_address()
    let result = unsafe ccoreshift_peer_address(descriptor, &storage)
    return (result, SocketAddress(storage))
  }

  static func shutdownWrite(_ descriptor: Int32) -> Int32 { ccoreshift_shutdown_write(descriptor) }

  static func setReuseAddress(_ descriptor: Int32, _ isOn: Bool) -> Int32 {
    ccoreshift_set_reuse_address(descriptor, isOn ? 1 : 0)
  }

  static func setNoDelay(_ descriptor: Int32, _ isOn: Bool) -> Int32 {
    ccoreshift_set_no_delay(descriptor, isOn ? 1 : 0)
  }

  static func setV6Only(_ descriptor: Int32, _ isOn: Bool) -> Int32 {
    ccoreshift_set_v6_only(descriptor, isOn ? 1 : 0)
  }
}
