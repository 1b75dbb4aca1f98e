import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct TrafficTests {
  /// How many bytes descriptors have moved during `body`.
  private func traffic(_ body: () throws -> Void) throws -> [Int] {
    let before = counts()
    try body()
    return zip(counts(), before).map { $0 - $1 }
  }

  private func counts() -> [Int] {
    let observations = SchedulerSnapshot().observations
    return ["bytes read", "bytes written"].map { name in
      observations.first { $0.name == name }?.count ?? -1
    }
  }

  @Test func `what goes through pipes and sockets is counted, each byte once a side`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      let pair = try connectedPair()
      let (unix, other) = try UnixStream.pair()
      let piped = try traffic {
        try writer.write([1, 2, 3])
        var buffer = [UInt8](repeating: 0, count: 8)
        #expect(try reader.read(into: &buffer) == 3)
      }
      #expect(piped == [3, 3])
      let sent = try traffic {
        try pair.client.write([1, 2, 3, 4])
        var buffer = [UInt8](repeating: 0, count: 8)
        #expect(try pair.server.peek(into: &buffer) == 4)
        #expect(try pair.server.readExactly(4) == [1, 2, 3, 4])
      }
      #expect(sent == [4, 4], "a look ahead is none")
      let passed = try traffic {
        try unix.write([1, 2], passing: [0])
        var buffer = [UInt8](repeating: 0, count: 8)
        let message = try other.receive(into: &buffer)
        #expect(message.outcome == .bytes(2))
      }
      #expect(passed == [2, 2])
    }
  }

  @Test func `datagrams are counted, too`() throws {
    try onDrift {
      let one = try UDPSocket(bind: "127.0.0.1", port: 0)
      let other = try UDPSocket(bind: "127.0.0.1", port: 0)
      let moved = try traffic {
        try one.send([1, 2, 3], to: other.localAddress)
        var buffer = [UInt8](repeating: 0, count: 8)
        #expect(try other.receive(into: &buffer).byteCount == 3)
      }
      #expect(moved == [3, 3])
    }
  }

  @Test func `what a copy moves inside of the kernel is read and written`() throws {
    let place = try TemporaryPlace()
    let name = RawString(place.path).appending("a")
    try onDrift {
      let bytes = noise(300_000, seed: 3)
      let pair = try connectedPair()
      let moved = try traffic {
        try withScope { scope in
          let (reader, writer) = try makePipe()
          scope.spawn {
            try writer.write(bytes)
            writer.close()
          }
          scope.spawn {
            let copied = try Drift.copy(from: reader, to: pair.client)
            #expect(copied == bytes.count)
            try pair.client.shutdownWrite()
          }
          let read = try pair.server.readAll(limit: 1 << 20)
          #expect(read == bytes)
        }
      }
      #expect(moved == [2 * bytes.count, 2 * bytes.count])
      try File.replace(name, with: bytes)
      let fromFile = try traffic {
        try withScope { scope in
          scope.spawn {
            let copied = try Drift.copy(from: File(opening: name), to: pair.server)
            #expect(copied == bytes.count)
            try pair.server.shutdownWrite()
          }
          let read = try pair.client.readAll(limit: 1 << 20)
          #expect(read == bytes)
        }
      }
      #expect(fromFile == [bytes.count, bytes.count], "a file's side is not counted")
    }
  }
}
