import CoreShift
import Testing

@Suite struct UnixAddressTests {
  @Test func `names say what they are`() throws {
    let path = try UnixAddress(path: "/run/x.sock")
    #expect(path.kind == .path)
    #expect(path.path == "/run/x.sock" && path.abstractName == nil)
    #expect(path.description == "/run/x.sock")
    let name = try UnixAddress(abstractName: "x")
    #expect(name.kind == .abstract)
    #expect(name.path == nil && name.abstractName == "x")
    #expect(name.description == "@x")
    #expect(UnixAddress.autobind.kind == .unnamed)
    #expect(UnixAddress.autobind.description == "unnamed")
  }

  @Test func `every byte of an abstract name counts`() throws {
    let short = try UnixAddress(abstractName: RawString(bytes: [1, 0, 2]))
    let long = try UnixAddress(abstractName: RawString(bytes: [1, 0, 2, 0]))
    #expect(short != long)
    #expect(long.abstractName?.bytes == [1, 0, 2, 0])
  }

  @Test func `a path of 107 bytes is the longest, and so is an abstract name`() throws {
    let longest = RawString(String(repeating: "x", count: 107))
    let longer = RawString(String(repeating: "x", count: 108))
    #expect(try UnixAddress(path: longest).path == longest)
    #expect(try UnixAddress(abstractName: longest).abstractName == longest)
    let path = #expect(throws: CoreError.self) { try UnixAddress(path: longer) }
    #expect(path?.code == .nameTooLong)
    let name = #expect(throws: CoreError.self) { try UnixAddress(abstractName: longer) }
    #expect(name?.code == .nameTooLong)
  }

  @Test func `no name, and a path with NUL, are invalid`() throws {
    for path in ["", "/tmp/a\0b"] {
      let error = #expect(throws: CoreError.self) { try UnixAddress(path: RawString(path)) }
      #expect(error?.code == .invalidArgument)
    }
    let error = #expect(throws: CoreError.self) { try UnixAddress(abstractName: "") }
    #expect(error?.code == .invalidArgument)
  }
}
