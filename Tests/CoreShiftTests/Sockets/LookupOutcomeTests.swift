import CoreShift
import Testing

@Suite struct LookupOutcomeTests {
  @Test func `this machine's name and numeric addresses are found without a server`() throws {
    guard case .addresses(let own) = try SocketAddress.lookUp("localhost", port: 80) else {
      Issue.record("localhost was not found")
      return
    }
    #expect(!own.isEmpty && own.allSatisfy { $0.port == 80 })
    #expect(Set(own).count == own.count)
    for ip in ["192.0.2.1", "2001:db8::1"] {
      let outcome = try SocketAddress.lookUp(ip, port: 1)
      #expect(try outcome == .addresses([SocketAddress(ip: ip, port: 1)]))
    }
  }

  @Test func `what is no name is not found, and a NUL in it refused`() throws {
    let label = String(repeating: "x", count: 70)
    for host in ["", label + ".invalid"] {
      let outcome = try SocketAddress.lookUp(host, port: 1)
      if case .addresses = outcome { Issue.record("\(host) was found") }
    }
    let error = #expect(throws: CoreError.self) { _ = try SocketAddress.lookUp("a\0b", port: 1) }
    #expect(error?.operation == "getaddrinfo" && error?.code == .invalidArgument)
  }
}
