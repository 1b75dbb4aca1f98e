/// The file that binding a Unix socket to a path has made, and that outlives the socket.
///
/// It is known by its inode: another file that is at the path by now is somebody else's.
public struct SocketFile: Hashable, Sendable {
  /// Where it was made.
  public let path: RawString
  private let identity: FileIdentity

  /// What is at `path` now.
  init(path: RawString) throws(CoreError) {
    self.path = path
    identity = try FileIdentity(of: path)
  }

  /// Removes the file, if its path still leads to it.
  ///
  /// Before the socket is closed: else somebody may find the path dead, and replace it, in between.
  ///
  /// - Returns: Whether a file was removed; false where it has gone, or somebody else has the path.
  /// - Throws: `CoreError` of `lstat` or `unlink` with the path.
  @discardableResult
  public func remove() throws(CoreError) -> Bool {
    let present: FileIdentity
    do {
      present = try FileIdentity(of: path)
    } catch {
      if error.code == .notFound { return false }
      throw error
    }
    guard present == identity else { return false }
    try check(SystemCall.unlink(path), "unlink", .path(path.description))
    return true
  }
}
