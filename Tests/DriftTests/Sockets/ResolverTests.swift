import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct ResolverTests {
  @Test func `the system knows this machine, and a numeric address is its own`() throws {
    try onDrift {
      let addresses = try Resolver.system.addresses(of: "localhost", port: 7)
      #expect(!addresses.isEmpty)
      #expect(addresses.allSatisfy { ["127.0.0.1", "::1"].contains($0.host) && $0.port == 7 })
      #expect(Set(addresses).count == addresses.count, "each comes once")
      let resolver = Resolver { _, _ in throw InvalidArgument("asked") }
      let numeric = try resolver.addresses(of: "::1", port: 9)
      #expect(try numeric == [SocketAddress(ip: "::1", port: 9)])
    }
  }

  @Test func `a name that cannot be is an error that names it`() throws {
    try onDrift {
      // No label may be this long, so nobody is asked.
      let host = String(repeating: "x", count: 70) + ".invalid"
      let error = #expect(throws: LookupFailed.self) {
        _ = try Resolver.system.addresses(of: host, port: 1)
      }
      #expect(error?.host == host && error?.description.contains(host) == true)
      let nul = #expect(throws: CoreError.self) {
        _ = try Resolver.system.addresses(of: "a\0b", port: 1)
      }
      #expect(nul?.code == .invalidArgument && nul?.subject == .address("a\0b"))
      let empty = #expect(throws: LookupFailed.self) {
        _ = try Resolver { _, _ in [] }.addresses(of: "nobody", port: 1)
      }
      #expect(empty == LookupFailed(host: "nobody", reason: .notFound))
    }
  }

  @Test func `a cancelled caller does not ask`() throws {
    try onDrift {
      var asked = 0
      let resolver = Resolver { _, _ in
        asked += 1
        return []
      }
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.zero) { _ = try resolver.addresses(of: "host", port: 1) }
      }
      #expect(asked == 0)
    }
  }

  @Test func `a look-up without room in the pool is told so, and one that waits has a deadline`()
    throws
  {
    try onOwnThread {
      let limits = OffloadLimits(workers: 1, waiting: 1, endBudget: .seconds(20))
      try Drift.run(offloading: limits) {
        let pipe = try Pipe(readEnd: .blocking)
        let number = pipe.readEnd.rawValue
        try withScope { scope in
          // The only worker waits for a byte.
          let holding = scope.spawn {
            try offload("a byte") {
              var byte: UInt8 = 0
              return unsafe Glibc.read(number, &byte, 1)
            }
          }
          GreenThread.yield()
          let waiting = scope.spawn {
            #expect(throws: DeadlineExceeded.self) {
              try withTimeout(.milliseconds(20)) {
                _ = try Resolver.system.addresses(of: "localhost", port: 1)
              }
            }
          }
          GreenThread.yield()
          #expect(throws: ResourceBusy.self) {
            _ = try Resolver.system.addresses(of: "localhost", port: 1)
          }
          _ = try waiting.join()
          #expect(try pipe.writeEnd.write([1]) == .bytes(1))
          #expect(try holding.join() == 1)
          // The pool is as good as before.
          #expect(try !Resolver.system.addresses(of: "localhost", port: 1).isEmpty)
        }
      }
    }
  }

  @Test func `a connect by name takes the first address that answers`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      let refusing = try TCPListener(bind: "::1", port: 0)
      let dead = refusing.localAddress
      refusing.close()
      let resolver = Resolver { _, _ in [dead, listener.localAddress] }
      let client = try TCPStream(
        connect: "server", port: 1, resolver: resolver, options: [.noDelay])
      #expect(client.peerAddress == listener.localAddress)
      #expect(try client.isEnabled(.noDelay))
      try client.write([1])
      #expect(try listener.accept().readExactly(1) == [1])
    }
  }

  @Test func `a connect to what nobody answers passes on to the next address`() throws {
    try onDrift {
      let (hole, _held) = try fullListener()
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      let resolver = Resolver { _, _ in [hole.localAddress, listener.localAddress] }
      let client = try TCPStream(connect: "server", port: 1, resolver: resolver)
      #expect(client.peerAddress == listener.localAddress)
      for stream in _held { stream.close() }
    }
  }

  @Test func `when no address answers, the error has them all`() throws {
    try onDrift {
      let closed = try ["::1", "127.0.0.1"].map { host in
        let listener = try TCPListener(bind: host, port: 0)
        defer { listener.close() }
        return listener.localAddress
      }
      let resolver = Resolver { _, _ in closed }
      let error = #expect(throws: ConnectFailed.self) {
        _ = try TCPStream(connect: "server", port: 1, resolver: resolver)
      }
      let failed = try #require(error)
      #expect(failed.host == "server" && failed.attempts.map(\.address) == closed)
      for attempt in failed.attempts {
        #expect((attempt.error as? CoreError)?.code == .connectionRefused)
        #expect("\(failed)".contains(attempt.address.description))
      }
    }
  }

  @Test func `a connect by a name of this machine needs no resolver of one's own`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      let client = try TCPStream(connect: "localhost", port: listener.localAddress.port)
      #expect(client.peerAddress == listener.localAddress)
    }
  }

  /// A listener that answers no more, and what fills its queue.
  private func fullListener() throws -> (TCPListener, [TCPStream]) {
    let listener = try TCPListener(bind: "127.0.0.1", port: 0, backlog: 0)
    var held: [TCPStream] = []
    while held.count < 8 {
      do {
        try withTimeout(.seconds(1)) {
          held.append(try TCPStream(connect: listener.localAddress))
        }
      } catch is DeadlineExceeded { break }
    }
    try #require(held.count < 8)
    return (listener, held)
  }
}
