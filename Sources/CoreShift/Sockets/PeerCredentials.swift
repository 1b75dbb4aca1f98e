/// Who is at the other end of a Unix socket.
public struct PeerCredentials: Hashable, Sendable {
  /// The process that connected, listened or made the pair; 0 if this pid namespace does not know
  /// it.
  ///
  /// It may have ended, and its number may mean another one: ``UnixSocket/peerProcess(of:)`` cannot
  /// be fooled so.
  public let pid: Int32
  /// Its effective user at that moment.
  public let uid: UInt32
  /// Its effective group at that moment.
  public let gid: UInt32
}

extension UnixSocket {
  /// Who connected, listened or made the pair, as the kernel noted it then; `SO_PEERCRED`.
  ///
  /// - Throws: `CoreError` with ENOTCONN for a socket that has no peer, or is none of Unix's.
  public static func peerCredentials(
    of socket: borrowing Fd
  ) throws(CoreError) -> PeerCredentials {
    let number = socket.rawValue
    let (result, credentials) = SystemCall.peerCredentials(number)
    try check(result, "getsockopt", .descriptor(number))
    return credentials
  }

  /// A pidfd of the peer's process, which never means another one; `SO_PEERPIDFD`, close-on-exec.
  ///
  /// Readable once that process has ended. ENOPROTOOPT before Linux 6.5: there is no other way. A
  /// process that was reaped already is an error before 6.16.
  public static func peerProcess(of socket: borrowing Fd) throws(CoreError) -> Fd {
    let number = socket.rawValue
    return Fd(
      owning: try check(SystemCall.peerProcess(number), "getsockopt", .descriptor(number)))
  }
}
