import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct UnixStreamTests {
  @Test func `a megabyte goes each way at once, through a path and an abstract name`() throws {
    try onDrift {
      let place = try SocketFolder()
      let number = UInt64.random(in: 0 ... .max)
      let name = try UnixAddress(abstractName: "drift-\(getpid())-\(number)\0x")
      for address in [try UnixAddress(path: place.path()), name] {
        let listener = try UnixListener(bind: address)
        let client = try UnixStream(connect: address)
        let server = try listener.accept()
        #expect(try client.peerAddress == address)
        #expect(try client.localAddress.kind == .unnamed)
        try exchange(client, server)
      }
    }
  }

  @Test func `a pair carries a megabyte each way at once`() throws {
    try onDrift {
      let (one, other) = try UnixStream.pair()
      try exchange(one, other)
    }
  }

  @Test func `a half-closed stream still carries the other way`() throws {
    try onDrift {
      let (one, other) = try UnixStream.pair()
      try one.write("question")
      try one.shutdownWrite()
      try one.shutdownWrite()
      #expect(try other.readAll(limit: 100) == Array("question".utf8))
      try other.write("answer")
      other.close()
      #expect(try one.readAll(limit: 100) == Array("answer".utf8))
    }
  }

  @Test func `a full stream whose peer stops reading is an error, not a wait without end`() throws {
    try onDrift {
      let (near, far) = try UnixStream.pair()
      let block = [UInt8](repeating: 1, count: 1 << 20)
      #expect(try near.writeSome(unsafe block.span.bytes) < block.count)
      try far.withSocket { #expect(shutdown($0.rawValue, Int32(SHUT_RD)) == 0) }
      let error = #expect(throws: CoreError.self) {
        try withTimeout(.seconds(5)) { try near.write(block) }
      }
      #expect(error?.code == .brokenPipe)
    }
  }

  @Test func `connecting where nobody listens is an error with the address`() throws {
    try onDrift {
      let place = try SocketFolder()
      let path = place.path()
      let missing = #expect(throws: CoreError.self) { _ = try UnixStream(connect: path) }
      #expect(missing?.code == .notFound && missing?.operation == "connect")
      #expect(missing?.subject == .address(path.description))
      try UnixSocket.listen(on: UnixAddress(path: path)).takeSocket().close()
      let dead = #expect(throws: CoreError.self) { _ = try UnixStream(connect: path) }
      #expect(dead?.code == .connectionRefused)
      let packets = try UnixPacketListener(
        bind: UnixAddress(path: path), replacing: .deadSocket)
      defer { packets.close() }
      let other = #expect(throws: CoreError.self) { _ = try UnixStream(connect: path) }
      #expect(other?.code == .wrongProtocolType)
      let long = RawString(String(repeating: "x", count: 108))
      let tooLong = #expect(throws: CoreError.self) { _ = try UnixStream(connect: long) }
      #expect(tooLong?.code == .nameTooLong)
      let empty = #expect(throws: CoreError.self) { _ = try UnixStream(connect: "") }
      #expect(empty?.code == .invalidArgument)
    }
  }

  @Test func `a full queue is waited for, within a deadline and until there is room`() throws {
    try onDrift {
      let listener = try UnixListener(bind: .autobind, backlog: 0)
      let address = listener.localAddress
      var held = [try UnixStream(connect: address)]
      #expect(throws: DeadlineExceeded.self) {
        while held.count < 8 {
          try withTimeout(.milliseconds(30)) { held.append(try UnixStream(connect: address)) }
        }
      }
      #expect(held.count < 8, "the queue never filled")
      try withScope { scope in
        let waiting = scope.spawn { try UnixStream(connect: address) }
        try GreenThread.sleep(for: .milliseconds(5))
        #expect(!waiting.isFinished)
        for _ in 0..<held.count { try listener.accept().close() }
        let late = try waiting.join()
        try late.write("late")
        #expect(try listener.accept().readExactly(4) == Array("late".utf8))
      }
    }
  }

  @Test func `a wait for room in the queue ends when it is cancelled`() throws {
    try onDrift {
      let listener = try UnixListener(bind: .autobind, backlog: 0)
      let address = listener.localAddress
      var held: [UnixStream] = []
      var isFull = false
      while !isFull, held.count < 8 {
        if let socket = try UnixSocket.connect(to: address) {
          held.append(try UnixStream(adopting: socket))
        } else {
          isFull = true
        }
      }
      #expect(isFull)
      try withScope { scope in
        let waiting = scope.spawn { _ = try UnixStream(connect: address) }
        try GreenThread.sleep(for: .milliseconds(5))
        waiting.cancel()
        #expect(throws: Cancelled.self) { try waiting.join() }
      }
      try listener.accept().close()
    }
  }

  @Test func `the peer's process is told, by numbers and by a pidfd`() throws {
    try onDrift {
      let (one, _) = try UnixStream.pair()
      let peer = try one.peerCredentials
      #expect(peer.pid == getpid() && peer.uid == geteuid() && peer.gid == getegid())
      do {
        let process = try one.peerProcess()
        #expect(try process.execMode == .closed)
      } catch let error as CoreError {
        #expect(error.code == .protocolOptionUnknown, "before Linux 6.5")
      }
      let (tcp, _) = try connectedPair()
      #expect(throws: CoreError.self) {
        try tcp.withSocket { socket throws(CoreError) in
          _ = try UnixSocket.peerCredentials(of: socket)
        }
      }
    }
  }

  @Test func `closing wakes who reads and who writes, and stays closed`() throws {
    try onDrift {
      let (one, _other) = try UnixStream.pair()
      var ends = 0
      try withScope { scope in
        scope.spawn {
          do { _ = try one.readExactly(1) } catch is ResourceClosed { ends += 1 }
        }
        scope.spawn {
          do {
            try one.write([UInt8](repeating: 0, count: 8 << 20))
          } catch is ResourceClosed { ends += 1 }
        }
        try GreenThread.sleep(for: .milliseconds(2))
        one.close()
        one.close()
      }
      #expect(ends == 2)
      #expect(throws: ResourceClosed.self) { try one.write([1]) }
      #expect(throws: ResourceClosed.self) { _ = try one.peerCredentials }
      _other.close()
    }
  }

  @Test func `a second reader is told who the first is`() throws {
    try onDrift {
      let (one, other) = try UnixStream.pair()
      try withScope { scope in
        let first = scope.spawn(name: "first") { try one.readExactly(1) }
        GreenThread.yield()
        var buffer: [UInt8] = [0]
        let busy = #expect(throws: ResourceBusy.self) { _ = try one.read(into: &buffer) }
        #expect(busy?.holder.contains("first") == true)
        #expect(throws: ResourceBusy.self) { _ = try one.receive(into: &buffer).outcome }
        try other.write([7])
        #expect(try first.join() == [7])
      }
    }
  }

  /// A megabyte each way at once.
  private func exchange(_ one: UnixStream, _ other: UnixStream) throws {
    let up = noise(1 << 20, seed: 5)
    let down = noise(1 << 20, seed: 6)
    var received: (up: [UInt8], down: [UInt8]) = ([], [])
    try withScope { scope in
      scope.spawn {
        try one.write(up)
        try one.shutdownWrite()
      }
      scope.spawn {
        try other.write(down)
        try other.shutdownWrite()
      }
      scope.spawn { received.up = try other.readAll(limit: 2 << 20) }
      scope.spawn { received.down = try one.readAll(limit: 2 << 20) }
    }
    #expect(received.up == up)
    #expect(received.down == down)
  }
}
