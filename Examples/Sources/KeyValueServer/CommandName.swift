/// The name of a command, whose capitals do not matter: at most sixteen bytes, and never empty.
public struct CommandName: Hashable, Sendable, ExpressibleByStringLiteral {
  private let first: UInt64
  private let second: UInt64

  /// Takes a name as a client has sent it; nil if no command can be called so.
  public init?(_ name: ArraySlice<UInt8>) {
    // A NUL is what shorter names are filled up with.
    guard 1...16 ~= name.count, !name.contains(0) else { return nil }
    self.init(packing: name)
  }

  /// Names a command in a program, in at most sixteen letters.
  public init(stringLiteral name: StaticString) {
    let name = "\(name)".utf8
    precondition(1...16 ~= name.count, "the name of a command has one to sixteen letters")
    self.init(packing: name)
  }

  private init(packing name: some Sequence<UInt8>) {
    var (first, second): (UInt64, UInt64) = (0, 0)
    for byte in name {
      let isLetter = UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
      first = first << 8 | second >> 56
      second = second << 8 | UInt64(isLetter ? byte - 32 : byte)
    }
    (self.first, self.second) = (first, second)
  }
}
