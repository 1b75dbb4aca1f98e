import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct FairnessTests {
  @Test func `two that only yield, an echo and a ticker all progress`() throws {
    try onDrift {
      let (one, other) = try makeSocketPair()
      let client = try Descriptor(adopting: Fd(adopting: one))
      let server = try Descriptor(adopting: Fd(adopting: other))
      var yields = [0, 0]
      var echoes = 0
      var ticks = 0
      func haveAllProgressed() -> Bool {
        yields[0] > 100 && yields[1] > 100 && echoes > 20 && ticks > 20
      }
      // Should one of them starve, the deadline ends them.
      try withTimeout(.seconds(20)) {
        try withScope { scope in
          for index in 0..<2 {
            scope.spawn {
              while !GreenThread.isCancelled {
                yields[index] += 1
                GreenThread.yield()
                if haveAllProgressed() { scope.cancel() }
              }
            }
          }
          scope.spawn { while true { try server.write(Array(readText(server).utf8)) } }
          scope.spawn {
            while true {
              try client.write([1])
              _ = try readText(client)
              echoes += 1
            }
          }
          scope.spawn {
            while true {
              try GreenThread.sleep(for: .milliseconds(1))
              ticks += 1
            }
          }
        }
      }
      #expect(yields[0] > 100 && yields[1] > 100)
      #expect(echoes > 20)
      #expect(ticks > 20)
    }
  }

  @Test func `with ten thousand runnable, a ready descriptor is served in the next round`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      var rounds = 0
      var isDone = false
      var servedAfter = Int.max
      try withScope { scope in
        scope.spawn {
          _ = try readText(reader)
          servedAfter = rounds
          isDone = true
        }
        GreenThread.yield()
        for index in 0..<10_000 {
          scope.spawn {
            while !isDone {
              if index == 0 { rounds += 1 }
              GreenThread.yield()
            }
          }
        }
        for _ in 0..<3 { GreenThread.yield() }
        let before = rounds
        try writer.write([1])
        while !isDone && rounds < before + 50 { GreenThread.yield() }
        #expect(isDone)
        isDone = true
        #expect(servedAfter - before <= 2)
        writer.close()
      }
    }
  }

  @Test func `one on an always ready descriptor lets others run after 64 KiB`() throws {
    try onDrift {
      let (one, other) = try makeSocketPair()
      let reader = try Descriptor(adopting: Fd(adopting: one))
      let writer = try Descriptor(adopting: Fd(adopting: other))
      for size in [1, 1000, 8 << 10] {
        let total = size == 1 ? 1000 : 120_000
        try writer.write([UInt8](repeating: 1, count: total))
        try GreenThread.sleep(for: .milliseconds(2))
        var count = 0
        var calls = 0
        var longest = (bytes: 0, calls: 0)
        var last = (bytes: 0, calls: 0)
        try withScope { scope in
          scope.spawn {
            while count < total {
              longest.bytes = max(longest.bytes, count - last.bytes)
              longest.calls = max(longest.calls, calls - last.calls)
              last = (count, calls)
              GreenThread.yield()
            }
          }
          GreenThread.yield()
          var buffer = [UInt8](repeating: 0, count: size)
          while count < total {
            let read = try reader.read(into: &buffer)
            count += read
            calls += 1
          }
        }
        #expect(longest.bytes <= (64 << 10) + size)
        #expect(longest.calls <= 80)
      }
    }
  }

  @Test func `a flood of connections does not keep the accepted from running`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      var clients: [TCPStream] = []
      for _ in 0..<200 { clients.append(try TCPStream(connect: listener.localAddress)) }
      var accepted = 0
      var first: Int?
      try withScope { scope in
        for _ in 0..<200 {
          let stream = try listener.accept()
          accepted += 1
          scope.spawn {
            if first == nil { first = accepted }
            stream.close()
          }
        }
      }
      #expect((first ?? 200) <= 70)
    }
  }
}
