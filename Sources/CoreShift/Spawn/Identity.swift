extension SpawnOptions {
  /// The user and the groups that a child runs as, for good: real, effective and saved alike.
  ///
  /// Groups are set first and the user last (`setgroups`, `setresgid`, `setresuid`), for the child
  /// alone. All take privileges; without, they are EPERM. `0xffff_ffff` is nobody's number, and
  /// EINVAL. A child that is given a user loses its ambient capabilities, too, which the exec would
  /// make privileges of that user (`PR_CAP_AMBIENT_CLEAR_ALL`).
  ///
  /// With ``SpawnBackend/clone`` the child is in this process's memory until it executes. Nobody
  /// can trace it, but its new user may stop it, and with it the spawning thread:
  /// ``SpawnBackend/fork`` keeps users apart.
  public struct Identity: Hashable, Sendable {
    /// The user's number; nil keeps the parent's.
    public var user: UInt32?
    /// The group's number; nil keeps the parent's.
    public var group: UInt32?
    /// All further groups; unless told none is left, and nil keeps the parent's.
    public var supplementaryGroups: [UInt32]?

    /// Names what is to change.
    public init(user: UInt32?, group: UInt32?, supplementaryGroups: [UInt32]? = []) {
      self.user = user
      self.group = group
      self.supplementaryGroups = supplementaryGroups
    }
  }
}
