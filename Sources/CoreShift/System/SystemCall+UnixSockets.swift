import CCoreShift

// SAFETY: names, buffers and arrays are lent to one call each, and outlive it.

extension SystemCall {
  static func unixSocket(_ kind: UnixSocket.Kind) -> Int32 { ccoreshift_unix_socket(kind.number) }

  static func unixPair(_ kind: UnixSocket.Kind) -> (result: Int32, first: Int32, second: Int32) {
    var ends: [Int32] = [-1, -1]
    let result = unsafe ccoreshift_unix_pair(kind.number, &ends)
    return (result, ends[0], ends[1])
  }

  static func bind(_ descriptor: Int32, _ address: UnixAddress) -> Int32 {
    unsafe ccoreshift_unix_bind(descriptor, address.name, address.name.count)
  }

  static func connect(_ descriptor: Int32, _ address: UnixAddress) -> Int32 {
    unsafe ccoreshift_unix_connect(descriptor, address.name, address.name.count)
  }

  static func localUnixAddress(_ descriptor: Int32) -> (result: Int32, address: UnixAddress) {
    var name = [UInt8](repeating: 0, count: Int(CCORESHIFT_UNIX_NAME))
    let result = unsafe ccoreshift_unix_local_name(descriptor, &name)
    return (result, UnixAddress(name: Array(name.prefix(Int(max(0, result))))))
  }

  static func peerUnixAddress(_ descriptor: Int32) -> (result: Int32, address: UnixAddress) {
    var name = [UInt8](repeating: 0, count: Int(CCORESHIFT_UNIX_NAME))
    let result = unsafe ccoreshift_unix_peer_name(descriptor, &name)
    return (result, UnixAddress(name: Array(name.prefix(Int(max(0, result))))))
  }

  /// 1 when somebody has the socket at this path open, 0 when nobody has.
  static func hasOwner(_ path: RawString) -> Int32 {
    unsafe path.withTerminated { text in unsafe ccoreshift_unix_has_owner(text) }
  }

  static func limitMode(_ descriptor: Int32, _ mode: UInt32) -> Int32 {
    ccoreshift_unix_limit_mode(descriptor, mode)
  }

  static func changeMode(_ path: RawString, _ mode: UInt32) -> Int32 {
    unsafe path.withTerminated { text in unsafe ccoreshift_unix_change_mode(text, mode) }
  }

  static func unlink(_ path: RawString) -> Int32 {
    unsafe path.withTerminated { text in unsafe ccoreshift_unlink(text) }
  }

  static func peerCredentials(
    _ descriptor: Int32
  ) -> (result: Int32, credentials: PeerCredentials) {
    var raw = ccoreshift_credentials()
    let result = unsafe ccoreshift_unix_peer_credentials(descriptor, &raw)
    return (result, PeerCredentials(pid: raw.pid, uid: raw.uid, gid: raw.gid))
  }

  static func peerProcess(_ descriptor: Int32) -> Int32 { ccoreshift_unix_peer_pidfd(descriptor) }

  static func send(
    _ descriptor: Int32, _ buffer: UnsafeRawBufferPointer, passing descriptors: [Int32],
    to address: UnixAddress?
  ) -> Int {
    let name = address?.name ?? []
    return unsafe ccoreshift_unix_send(
      descriptor, buffer.baseAddress, buffer.count, name, name.count, descriptors,
      descriptors.count)
  }

  /// What came with the bytes; every descriptor in it is owned by nobody yet.
  static func receiveMessage(
    _ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, descriptors limit: Int
  ) -> (result: Int, message: ccoreshift_message) {
    var message = ccoreshift_message()
    let result = unsafe ccoreshift_unix_receive(
      descriptor, buffer.baseAddress, buffer.count, Int32(clamping: max(0, limit)), &message)
    return (result, message)
  }
}

/// Which file it is, whatever its path.
struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64
  let isSocket: Bool

  /// Asks by `lstat`, which follows no link.
  init(of path: RawString) throws(CoreError) {
    var raw = ccoreshift_file_identity()
    let result = unsafe path.withTerminated { text in
      unsafe ccoreshift_file_identify(text, &raw)
    }
    try check(result, "lstat", .path(path.description))
    device = raw.device
    inode = raw.inode
    isSocket = raw.is_socket != 0
  }
}

extension UnixSocket.Kind {
  /// SOCK_STREAM, SOCK_DGRAM and SOCK_SEQPACKET; the C target checks the numbers.
  fileprivate var number: Int32 {
    switch self {
    case .stream: 1
    case .datagram: 2
    case .sequencedPacket: 5
    }
  }
}

extension UnixSocket.Message {
  /// Takes over what a receive gave.
  init(
    receivedFrom descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer,
    descriptors limit: Int
  ) throws(CoreError) {
    var (result, raw) = unsafe SystemCall.receiveMessage(
      descriptor, buffer, descriptors: limit)
    if result == -Int(ErrorCode.wouldBlock.rawValue) {
      self.init(.wouldBlock)
      return
    }
    guard result >= 0 else { throw failure(result, "recvmsg", .descriptor(descriptor)) }
    let count = Int(raw.descriptor_count)
    let numbers = unsafe withUnsafeBytes(of: &raw.descriptors) { bytes in
      unsafe Array(bytes.bindMemory(to: Int32.self).prefix(count))
    }
    let length = Int(raw.name_count)
    let name = unsafe withUnsafeBytes(of: &raw.name) { unsafe Array($0.prefix(length)) }
    self.init(
      raw.is_end != 0 ? .end : .bytes(result), sender: UnixAddress(name: name),
      isTruncated: raw.is_truncated != 0, hasLostDescriptors: raw.has_lost != 0,
      descriptors: PassedDescriptors(owning: numbers))
  }
}
