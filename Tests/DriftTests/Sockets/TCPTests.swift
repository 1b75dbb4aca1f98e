import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct TCPTests {
  @Test func `the first program of the guide runs as written`() throws {
    try onOwnThread {
      try Drift.run {
        let listener = try TCPListener(bind: "127.0.0.1", port: 0)
        try withScope { scope in
          let server = scope.spawn(name: "server") {
            let stream = try listener.accept()
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
              let count = try stream.read(into: &buffer)
              if count == 0 { break }
              try stream.write(buffer[..<count])
            }
          }
          let client = try TCPStream(connect: "127.0.0.1", port: listener.localAddress.port)
          try client.write(Array("hello".utf8))
          try client.shutdownWrite()
          try server.join()
          #expect(try readAll(client) == Array("hello".utf8))
        }
        let result = try withTimeout(.seconds(20)) {
          try Command("sh", "-c", "echo out; echo err >&2; exit 3").output(limit: 1 << 20)
        }
        #expect(result.standardOutput == Array("out\n".utf8))
        #expect(result.standardError == Array("err\n".utf8))
        #expect(result.status == .exited(code: 3))
      }
    }
  }

  @Test(arguments: ["127.0.0.1", "::1"])
  func `a megabyte goes each way at once`(host: String) throws {
    try onDrift {
      let (client, server) = try connectedPair(host)
      #expect(client.peerAddress.host == host)
      #expect(try client.localAddress == server.peerAddress)
      #expect(try server.localAddress == client.peerAddress)
      let up = noise(1 << 20, seed: 3)
      let down = noise(1 << 20, seed: 4)
      var received: (up: [UInt8], down: [UInt8]) = ([], [])
      try withScope { scope in
        scope.spawn {
          try client.write(up)
          try client.shutdownWrite()
        }
        scope.spawn {
          try server.write(down)
          try server.shutdownWrite()
        }
        scope.spawn { received.up = try readAll(server) }
        scope.spawn { received.down = try readAll(client) }
      }
      #expect(received.up == up)
      #expect(received.down == down)
    }
  }

  @Test func `a half-closed connection still carries the other way`() throws {
    try onDrift {
      let (client, server) = try connectedPair()
      try client.write(Array("question".utf8))
      try client.shutdownWrite()
      try client.shutdownWrite()
      #expect(try readAll(server) == Array("question".utf8))
      #expect(try read(server) == [])
      try server.write(Array("answer".utf8))
      try GreenThread.sleep(for: .milliseconds(2))
      try server.write(Array(" and more".utf8))
      server.close()
      #expect(try readAll(client) == Array("answer and more".utf8))
    }
  }

  @Test func `a refused and an unreachable connect are different errors, with the address`() throws
  {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      let address = listener.localAddress
      listener.close()
      let refused = #expect(throws: CoreError.self) { _ = try TCPStream(connect: address) }
      #expect(refused?.code == .connectionRefused && refused?.operation == "connect")
      #expect(refused?.subject == .address(address.description))
      let unreachable = #expect(throws: CoreError.self) {
        _ = try TCPStream(connect: "255.255.255.255", port: 9)
      }
      #expect(unreachable?.code == .networkUnreachable)
    }
  }

  @Test func `a connect that nobody answers ends with its deadline`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0, backlog: 0)
      var held: [TCPStream] = []
      #expect(throws: DeadlineExceeded.self) {
        while held.count < 8 {
          try withTimeout(.milliseconds(60)) {
            held.append(try TCPStream(connect: listener.localAddress))
          }
        }
      }
      #expect(held.count < 8)
    }
  }

  @Test func `accept and read end with their deadlines, and work afterwards`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(10)) { _ = try listener.accept() }
      }
      let client = try TCPStream(connect: listener.localAddress)
      let server = try listener.accept()
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(10)) { _ = try read(server) }
      }
      try client.write([1])
      #expect(try read(server) == [1])
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(20)) {
          try client.write([UInt8](repeating: 0, count: 64 << 20))
        }
      }
    }
  }

  @Test func `closing wakes who accepts, and who reads`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      let (client, server) = try connectedPair()
      var ends = 0
      try withScope { scope in
        scope.spawn {
          do { _ = try listener.accept() } catch is ResourceClosed { ends += 1 }
        }
        scope.spawn {
          do { _ = try read(server) } catch is ResourceClosed { ends += 1 }
        }
        try GreenThread.sleep(for: .milliseconds(2))
        listener.close()
        server.close()
      }
      #expect(ends == 2)
      #expect(throws: ResourceClosed.self) { _ = try listener.accept() }
      #expect(throws: ResourceClosed.self) { try server.write([1]) }
      #expect(throws: ResourceClosed.self) { try server.shutdownWrite() }
      #expect(try read(client) == [])
    }
  }

  @Test func `a second one that accepts is told who the first is`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      try withScope { scope in
        let first = scope.spawn(name: "first") { _ = try listener.accept() }
        GreenThread.yield()
        let busy = #expect(throws: ResourceBusy.self) { _ = try listener.accept() }
        #expect(busy?.holder.contains("first") == true)
        #expect(!first.isFinished)
        _ = try TCPStream(connect: listener.localAddress)
      }
    }
  }

  @Test func `an address in use is an error with the address`() throws {
    try onDrift {
      let first = try TCPListener(bind: "::1", port: 0)
      #expect(first.localAddress.port != 0)
      let error = #expect(throws: CoreError.self) {
        _ = try TCPListener(bind: "::1", port: first.localAddress.port)
      }
      #expect(error?.code == .addressInUse && error?.operation == "bind")
    }
  }

  @Test func `three hundred clients are served at once`() throws {
    try onDrift(within: .seconds(60)) {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      var good = 0
      try withScope { scope in
        let server = scope.spawn {
          try withScope { connections in
            while true {
              let stream = try listener.accept()
              connections.spawn {
                while case let bytes = try read(stream), !bytes.isEmpty {
                  try stream.write(bytes)
                }
              }
            }
          }
        }
        try withScope { clients in
          for index in 0..<300 {
            clients.spawn {
              let stream = try TCPStream(connect: listener.localAddress)
              let bytes = noise(2000, seed: UInt64(index))
              for _ in 0..<3 {
                try stream.write(bytes)
                var echoed: [UInt8] = []
                while echoed.count < bytes.count { echoed += try read(stream) }
                if echoed == bytes { good += 1 }
              }
            }
          }
        }
        server.cancel()
      }
      #expect(good == 900)
    }
  }
}
