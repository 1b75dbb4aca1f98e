import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

// What a server owes to who never had a handler, and to who accepts beside it.
@Suite struct ServeEndingTests {
  /// Gives so many connections at once, and then is closed.
  private final class Crowd: Listener {
    final class Guest: Connection {
      private(set) var isClosed = false
      func close() { isClosed = true }
    }

    let stopped = Gate(label: "a crowd's stop")
    private(set) var guests: [Guest] = []
    private let size: Int

    init(_ size: Int) { self.size = size }

    func accept() throws -> Guest {
      if guests.count == size { throw ResourceClosed("a crowd") }
      let guest = Guest()
      guests.append(guest)
      return guest
    }

    func stop() { stopped.open() }
    func close() { stopped.open() }
  }

  @Test func `a connection whose handler never begins is closed, and gives its place back`() throws
  {
    var neverBegan = 0
    try runUnderSeeds(0..<50) {
      let crowd = Crowd(3)
      var begun = 0
      try crowd.serve(limit: 3, draining: .zero, onFailure: { Issue.record($0) }) { _ in
        begun += 1
      }
      neverBegan += 3 - begun
      #expect(crowd.guests.count == 3)
      for guest in crowd.guests { #expect(guest.isClosed) }
    }
    #expect(neverBegan > 0, "the seeds must have some that begin late")
  }

  @Test func `a second server on one listener is busy, and the first goes on`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      func serve() throws -> Int {
        try listener.serve(limit: 9, draining: .seconds(20), onFailure: { Issue.record($0) }) {
          try $0.write(try $0.readExactly(1))
        }
      }
      try withScope { scope in
        let first = scope.spawn { try serve() }
        while SchedulerSnapshot().threads.allSatisfy({ $0.reason?.kind != "to read descriptor" }) {
          GreenThread.yield()
        }
        #expect(throws: ResourceBusy.self) { _ = try serve() }
        let client = try TCPStream(connect: listener.localAddress)
        try client.write([7])
        #expect(try client.readAll(limit: 10) == [7])
        listener.stop()
        #expect(try first.join() == 0)
      }
    }
  }
}
