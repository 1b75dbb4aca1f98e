import CoreShift
import Drift
import GreenThreads
import Synchronization
import TestSupport
import Testing

// One address, served by a scheduler on each of two OS threads.
@Suite struct ShardingTests {
  @Test func `two schedulers share an address, and each serves some of the connections`() throws {
    let shards = [Shard(), Shard()]
    try onDrift(within: .seconds(60)) {
      let first = HelperThread { shards[0].run(atPort: 0) }
      let address = try shards[0].awaitAddress()
      let second = HelperThread { shards[1].run(atPort: address.port) }
      #expect(try shards[1].awaitAddress() == address)
      var good = 0
      // Until both have served: a hash of the client's port says which one gets a connection.
      while good < 50 || shards.contains(where: { $0.served == 0 }) {
        let client = try TCPStream(connect: address)
        try client.write([UInt8(truncatingIfNeeded: good)])
        #expect(try client.readAll(limit: 10) == [UInt8(truncatingIfNeeded: good)])
        good += 1
      }
      for shard in shards { shard.stop() }
      first.join()
      second.join()
      #expect(shards[0].served + shards[1].served == good)
    }
    #expect(shards.allSatisfy { $0.failure == nil })
  }
}

/// A scheduler that serves on an OS thread of its own, and what others may know of it.
private final class Shard: Sendable {
  /// How other OS threads reach what runs there.
  private struct Door: Sendable {
    let handle: RemoteHandle
    let stop: WakeTicket
    let address: SocketAddress
  }

  private let door = Guarded<Door?>(nil)
  private let count = Atomic(0)
  private let error = Guarded<String?>(nil)

  var served: Int { count.load(ordering: .relaxed) }
  var failure: String? { error.withLock { $0 } }

  func run(atPort port: UInt16) {
    do {
      try Drift.run { try serve(atPort: port) }
    } catch {
      self.error.withLock { $0 = "\(error)" }
    }
  }

  private func serve(atPort port: UInt16) throws {
    let listener = try TCPListener(bind: "127.0.0.1", port: port, options: [.reusePort])
    try withScope { scope in
      scope.spawn {
        let ticket = WakeTicket()
        self.door.withLock {
          $0 = Door(handle: RemoteHandle(), stop: ticket, address: listener.localAddress)
        }
        try GreenThread.park(ticket, for: ParkReason("to be told to stop"))
        self.door.withLock { $0 = nil }
        listener.stop()
      }
      let failed: (any Error) -> Void = { error in self.error.withLock { $0 = "\(error)" } }
      try listener.serve(limit: 100, draining: .seconds(20), onFailure: failed) { stream in
        let question = try stream.readExactly(1)
        self.count.add(1, ordering: .relaxed)
        try stream.write(question)
      }
    }
  }

  /// Where it serves, once it does.
  func awaitAddress() throws -> SocketAddress {
    while true {
      if let failure { throw InvalidArgument(failure) }
      if let address = door.withLock({ $0?.address }) { return address }
      try GreenThread.sleep(for: .milliseconds(1))
    }
  }

  func stop() {
    door.withLock { door in
      if let door { door.handle.wake(door.stop) }
    }
  }
}
