import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct UnixPacketSocketTests {
  @Test func `messages keep their borders, and the end is told from them`() throws {
    try onDrift {
      let listener = try UnixPacketListener(bind: .autobind)
      let client = try UnixPacketSocket(connect: listener.localAddress)
      let server = try listener.accept()
      try client.send([1, 2, 3])
      try client.send([4])
      try client.shutdownWrite()
      var buffer = [UInt8](repeating: 0, count: 10)
      #expect(try receive(server, &buffer) == .bytes(3))
      #expect(buffer[..<3] == [1, 2, 3])
      #expect(try receive(server, &buffer) == .bytes(1))
      #expect(try receive(server, &buffer) == .end)
      try server.send([5])
      #expect(try receive(client, &buffer) == .bytes(1))
    }
  }

  @Test func `into no room a message is cut, and the end is the end`() throws {
    try onDrift {
      let (one, other) = try UnixPacketSocket.pair()
      try one.send([1])
      one.close()
      var nothing: [UInt8] = []
      let cut = try other.receive(into: &nothing)
      #expect(cut.outcome == .bytes(0) && cut.isTruncated)
      #expect(try receive(other, &nothing) == .end)
    }
  }

  @Test func `a message that does not fit is cut, and says so`() throws {
    try onDrift {
      let (one, other) = try UnixPacketSocket.pair()
      try one.send([1, 2, 3])
      try one.send([4])
      var buffer = [UInt8](repeating: 0, count: 2)
      let cut = try other.receive(into: &buffer)
      #expect(cut.outcome == .bytes(2) && cut.isTruncated)
      let whole = try other.receive(into: &buffer)
      #expect(whole.outcome == .bytes(1) && !whole.isTruncated)
    }
  }

  @Test func `an empty message is refused`() throws {
    try onDrift {
      let (one, _other) = try UnixPacketSocket.pair()
      let error = #expect(throws: CoreError.self) { try one.send([]) }
      #expect(error?.code == .invalidArgument)
      _other.close()
    }
  }

  @Test func `a sender waits for room, and every message arrives`() throws {
    try onDrift {
      let (one, other) = try UnixPacketSocket.pair()
      let message = noise(1000, seed: 1)
      var received = 0
      try withScope { scope in
        scope.spawn {
          for _ in 0..<2000 { try one.send(message) }
          one.close()
        }
        var buffer = [UInt8](repeating: 0, count: 2000)
        while try receive(other, &buffer) == .bytes(1000) {
          if Array(buffer[..<1000]) == message { received += 1 }
        }
      }
      #expect(received == 2000)
    }
  }

  private func receive(_ socket: UnixPacketSocket, _ buffer: inout [UInt8]) throws -> ReadOutcome {
    try socket.receive(into: &buffer).outcome
  }
}

@Suite struct UnixDatagramTests {
  @Test func `messages are answered at the address they came from`() throws {
    try onDrift {
      let place = try SocketFolder()
      let server = try UnixDatagram(bind: place.address(), permissions: 0o600)
      let client = try UnixDatagram(bind: .autobind)
      #expect(client.localAddress.kind == .abstract)
      try client.send([1, 2], to: server.localAddress)
      try client.send([], to: server.localAddress)
      var buffer = [UInt8](repeating: 0, count: 10)
      let question = try server.receive(into: &buffer)
      #expect(question.outcome == .bytes(2) && question.sender == client.localAddress)
      #expect(try server.receive(into: &buffer).outcome == .bytes(0), "an empty one is no end")
      try server.send([3], to: question.sender)
      #expect(try client.receive(into: &buffer).outcome == .bytes(1))
      server.close()
      #expect(place.mode() == nil)
      let gone = #expect(throws: CoreError.self) {
        try client.send([1], to: UnixAddress(path: place.path()))
      }
      #expect(gone?.code == .notFound)
    }
  }

  @Test(arguments: [false, true])
  func `a sender waits until the receiver has room`(isConnected: Bool) throws {
    try onDrift {
      let receiver = try UnixDatagram(bind: .autobind)
      let sender = try UnixDatagram()
      if isConnected { try sender.connect(to: receiver.localAddress) }
      var received = 0
      try withScope { scope in
        scope.spawn {
          for number in 0..<200 {
            try sender.send(
              [UInt8(number)], to: isConnected ? nil : receiver.localAddress)
          }
        }
        try GreenThread.sleep(for: .milliseconds(5))
        var buffer: [UInt8] = [0]
        while received < 200 {
          #expect(try receiver.receive(into: &buffer).outcome == .bytes(1))
          #expect(buffer == [UInt8(received)], "none is lost or overtaken")
          received += 1
        }
      }
    }
  }

  @Test func `a pair passes descriptors, and one without a peer cannot send`() throws {
    try onDrift {
      let (one, other) = try UnixDatagram.pair()
      try one.send([1], passing: [0])
      var buffer: [UInt8] = [0, 0]
      var message = try other.receive(into: &buffer, descriptors: 1)
      #expect(message.descriptors.count == 1)
      guard let passed = message.descriptors.takeFirst() else { return }
      #expect(try passed.execMode == .closed)
      let alone = try UnixDatagram()
      let error = #expect(throws: CoreError.self) { try alone.send([1]) }
      #expect(error?.code == .notConnected)
    }
  }

  @Test func `closing a datagram socket wakes who receives, and it stays closed`() throws {
    try onDrift {
      let (one, other) = try UnixDatagram.pair()
      try withScope(isolatingFailures: { _ in }) { scope in
        let receiving = scope.spawn {
          var buffer: [UInt8] = [0]
          _ = try one.receive(into: &buffer)
          return true
        }
        GreenThread.yield()
        one.close()
        #expect(throws: ResourceClosed.self) { try receiving.join() }
      }
      #expect(throws: ResourceClosed.self) { try one.send([1]) }
      #expect(throws: CoreError.self) { try other.send([1]) }
    }
  }
}
