/// The environment that a child starts with.
public enum SpawnEnvironment: Hashable, Sendable {
  /// This process's, handed on without a copy. No other thread may change it meanwhile.
  case inherit
  /// Exactly these entries, each `NAME=value`. An entry without a name is EINVAL.
  case replace([RawString])
  /// This process's with these changes, applied in order; the last one for a name counts.
  case edit([Change])

  /// One change to one variable, whose name is not empty and has no `=`; else EINVAL.
  public enum Change: Hashable, Sendable {
    /// Gives the variable this value, whether it was there or not.
    case set(RawString, to: RawString)
    /// Takes the variable away; one that is not there is fine.
    case remove(RawString)

    var name: RawString {
      switch self {
      case .set(let name, _), .remove(let name): name
      }
    }
  }
}
