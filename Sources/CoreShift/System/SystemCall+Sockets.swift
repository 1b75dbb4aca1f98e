internal import CCoreShift

// SAFETY: buffers and addresses are the caller's, and outlive the call.

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

  static func accept(_ descriptor: Int32) -> (result: Int32, peer: SocketAddress) {
    var storage = AddressStorage()
    let result = unsafe ccoreshift_accept(descriptor, &storage.raw)
    return (result, SocketAddress(storage))
  }

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
