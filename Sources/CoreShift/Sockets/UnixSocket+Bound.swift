// What happens at a path: nothing is removed that somebody still uses, and nothing is left behind
// by a call that fails.

extension UnixSocket {
  /// What may be removed to make place for a new socket at its path.
  public enum Replacement: Hashable, Sendable {
    /// Nothing: whatever is there is EADDRINUSE.
    case nothing
    /// A socket that nobody has open any more, as a process leaves it that was killed.
    ///
    /// Any other file, and a link, is EEXIST.
    case deadSocket
    /// That, and any other file or link; a directory is EISDIR.
    case anyFile
  }

  /// A socket with a name, which for a path is a file that outlives it.
  ///
  /// Going, it closes the socket and leaves the file; ``closeAndUnlink()`` removes both.
  public struct Bound: ~Copyable, Sendable {
    /// The socket.
    public let socket: Fd
    /// Where it is; with ``UnixAddress/autobind`` what the kernel has chosen.
    public let address: UnixAddress
    /// The file that binding made; nil unless the address is a path.
    ///
    /// For whoever keeps the socket in a place of its own, after ``takeSocket()``.
    public let file: SocketFile?

    init(socket: consuming Fd, address: UnixAddress, file: SocketFile?) {
      self.socket = socket
      self.address = address
      self.file = file
    }

    /// Hands the socket over and leaves the file, which nobody removes then.
    public consuming func takeSocket() -> Fd { socket }

    /// Removes the socket's file if its path still leads to it, then closes the socket.
    ///
    /// In this order, so that nobody finds the path dead, and replaces it, in between.
    ///
    /// - Returns: Whether a file was removed; false where somebody else has the path by now.
    /// - Throws: `CoreError` of `lstat` or `unlink` with the path; the socket is closed.
    @discardableResult
    public consuming func closeAndUnlink() throws(CoreError) -> Bool {
      try file?.remove() ?? false
    }
  }

  /// A socket that listens for connections at `address`.
  ///
  /// Two that replace one path at the same moment need a lock of their own: nothing in the kernel
  /// keeps one from removing what the other has just made.
  ///
  /// - Parameters:
  ///   - address: a path, an abstract name, or ``UnixAddress/autobind``.
  ///   - kind: a stream or sequenced packets; datagrams are EOPNOTSUPP.
  ///   - replacement: what may be removed from the path first. A socket that somebody has open is
  ///     never taken away: it is EADDRINUSE. Its owner does not notice the question.
  ///   - permissions: of the file, in place of what the umask leaves; set before it listens.
  ///   - backlog: how many connections may wait to be accepted.
  /// - Returns: The socket, with what is needed to remove its file.
  /// - Throws: `CoreError` of the step, with the address; neither socket nor file is left. EINVAL
  ///   for a replacement or permissions without a path, and for permissions beyond `0o777`.
  public static func listen(
    on address: UnixAddress, as kind: Kind = .stream, replacing replacement: Replacement = .nothing,
    permissions: UInt32? = nil, backlog: Int32 = 1024
  ) throws(CoreError) -> Bound {
    let bound = try bind(
      to: address, as: kind, replacing: replacement, permissions: permissions)
    let result = SystemCall.listen(bound.socket.rawValue, backlog)
    guard result < 0 else { return bound }
    _ = try? bound.closeAndUnlink()
    throw failure(Int(result), "listen", .address(address.description))
  }

  /// A socket that receives at `address`, of datagrams unless told; see
  /// ``listen(on:as:replacing:permissions:backlog:)``.
  ///
  /// One of another kind is bound and does not listen yet.
  public static func bind(
    to address: UnixAddress, as kind: Kind = .datagram,
    replacing replacement: Replacement = .nothing, permissions: UInt32? = nil
  ) throws(CoreError) -> Bound {
    let subject = ErrorSubject.address(address.description)
    let hasFileOptions = replacement != .nothing || permissions != nil
    guard (permissions ?? 0) <= 0o777, address.kind == .path || !hasFileOptions else {
      throw CoreError(operation: "bind", code: .invalidArgument, subject: subject)
    }
    let socket = try open(kind)
    // The file is never more open than it shall be in the end.
    if let permissions {
      try check(SystemCall.limitMode(socket.rawValue, permissions), "fchmod", subject)
    }
    var result = SystemCall.bind(socket.rawValue, address)
    if result == -ErrorCode.addressInUse.rawValue, replacement != .nothing,
      let path = address.path
    {
      try makePlace(at: path, replacement)
      result = SystemCall.bind(socket.rawValue, address)
    }
    try check(result, "bind", subject)
    guard let path = address.path else {
      let name = try localAddress(of: socket)
      return Bound(socket: socket, address: name, file: nil)
    }
    let file: SocketFile
    do {
      file = try SocketFile(path: path)
    } catch {
      // Just made by `bind`, unless somebody has removed it, and perhaps put another one there.
      if error.code != .notFound { _ = SystemCall.unlink(path) }
      throw error
    }
    let bound = Bound(socket: socket, address: address, file: file)
    guard let permissions else { return bound }
    do {
      try setPermissions(permissions, of: path)
    } catch {
      _ = try? bound.closeAndUnlink()
      throw error
    }
    return bound
  }

  /// Removes what the policy allows; what has gone meanwhile is fine.
  private static func makePlace(
    at path: RawString, _ replacement: Replacement
  ) throws(CoreError) {
    let subject = ErrorSubject.address(path.description)
    let file: FileIdentity
    do {
      file = try FileIdentity(of: path)
    } catch {
      if error.code == .notFound { return }
      throw error
    }
    if file.isSocket {
      guard try check(SystemCall.hasOwner(path), "connect", subject) == 0 else {
        throw CoreError(operation: "bind", code: .addressInUse, subject: subject)
      }
    } else if replacement == .deadSocket {
      throw CoreError(operation: "bind", code: .alreadyExists, subject: subject)
    }
    let result = SystemCall.unlink(path)
    if result == -ErrorCode.notFound.rawValue { return }
    try check(result, "unlink", .path(path.description))
  }
}
