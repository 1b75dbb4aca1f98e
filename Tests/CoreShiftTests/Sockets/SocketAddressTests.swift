import CoreShift
import Testing

@Suite struct SocketAddressTests {
  @Test func `reads and writes both families`() throws {
    let four = try SocketAddress(ip: "127.0.0.1", port: 80)
    #expect(four.description == "127.0.0.1:80")
    #expect(four.host == "127.0.0.1" && four.port == 80 && four.family == .v4)
    let six = try SocketAddress(ip: "::1", port: 65535)
    #expect(six.description == "[::1]:65535")
    #expect(six.host == "::1" && six.port == 65535 && six.family == .v6)
  }

  @Test func `writes IPv6 in its shortest form`() throws {
    let address = try SocketAddress(ip: "2001:DB8:0:0:0:0:0:1", port: 0)
    #expect(address.description == "[2001:db8::1]:0")
    #expect(try SocketAddress(ip: "::ffff:1.2.3.4", port: 1).host == "::ffff:1.2.3.4")
  }

  @Test func `keeps the zone, given by name or by number`() throws {
    let named = try SocketAddress(ip: "fe80::1%lo", port: 1)
    #expect(named.description == "[fe80::1%1]:1")
    #expect(try SocketAddress(ip: "fe80::1%1", port: 1) == named)
    #expect(try SocketAddress(ip: "fe80::1%2", port: 1) != named)
  }

  @Test(arguments: [
    "", "localhost", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.4 ", "127.0.0.1\0", ":::", "[::1]",
    "1.2.3.4%lo", "fe80::1%", "fe80::1%nowhere", "fe80::1%-1", "fe80::1%+1", "fe80::1% 1",
    "fe80::1%4294967296",
    "fe80::1%" + String(repeating: "1", count: 200), String(repeating: "1", count: 4000),
  ])
  func `refuses what is no numeric address, with its text`(text: String) {
    #expect(
      throws: CoreError(operation: "inet_pton", code: .invalidArgument, subject: .address(text))
    ) {
      _ = try SocketAddress(ip: text, port: 80)
    }
  }

  @Test func `goes into bytes and comes out of them`() throws {
    #expect(try SocketAddress(ip: "127.0.0.1", port: 80).ipBytes == [127, 0, 0, 1])
    let six = try SocketAddress(ip: "2001:db8::1", port: 443)
    #expect(six.ipBytes == [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1])
    #expect(try SocketAddress(ipBytes: six.ipBytes, port: 443) == six)
    #expect(try SocketAddress(ipBytes: [1, 2, 3, 4], port: 5).description == "1.2.3.4:5")
  }

  @Test(arguments: [0, 3, 5, 15, 17, 1_000])
  func `bytes of another number are no address`(count: Int) {
    let expected = CoreError(
      operation: "address", code: .invalidArgument, subject: .address("\(count) bytes"))
    #expect(throws: expected) {
      _ = try SocketAddress(ipBytes: [UInt8](repeating: 1, count: count), port: 1)
    }
  }

  @Test func `is equal when family, address, zone and port are`() throws {
    let address = try SocketAddress(ip: "127.0.0.1", port: 80)
    #expect(try address == SocketAddress(ip: "127.0.0.1", port: 80))
    #expect(try address != SocketAddress(ip: "127.0.0.1", port: 81))
    #expect(try address != SocketAddress(ip: "127.0.0.2", port: 80))
    #expect(try address != SocketAddress(ip: "::ffff:127.0.0.1", port: 80))
    #expect(try Set([address, SocketAddress(ip: "127.0.0.1", port: 80)]).count == 1)
  }
}
