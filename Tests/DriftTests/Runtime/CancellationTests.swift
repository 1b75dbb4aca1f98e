import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

// Each kind of wait of this module ends within one turn of the loop when what it belongs to is
// cancelled, and leaves what it waited for as it was.
@Suite struct CancellationTests {
  private func cancels(_ wait: @escaping () throws -> Void) throws {
    var used: Int?
    var thrown: (any Error)?
    try withScope { scope in
      let waiting = scope.spawn {
        do { try wait() } catch {
          thrown = error
          throw error
        }
      }
      try GreenThread.sleep(for: .milliseconds(5))
      #expect(!waiting.isFinished)
      used = turns {
        waiting.cancel()
        #expect(throws: Cancelled.self) { try waiting.join() }
      }
    }
    #expect(thrown is Cancelled)
    #expect(used ?? .max <= 1)
  }

  @Test func `a read and a parkRead, and the bytes come to the next`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      try cancels { _ = try readText(reader) }
      try cancels { try parkRead(reader) }
      try cancels { try parkRead(rawDescriptor: Fd.duplicate(of: reader)) }
      try writer.write(Array("later".utf8))
      #expect(try readText(reader) == "later")
    }
  }

  @Test func `a write and a parkWrite, and the pipe stays good`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      try cancels { try writer.write([UInt8](repeating: 7, count: 1 << 20)) }
      try cancels { try parkWrite(writer) }
      var drained = 0
      try withTimeout(.seconds(20)) {
        while drained < 64 << 10 { drained += try readText(reader).utf8.count }
        try writer.write([8])
      }
    }
  }

  @Test func `an accept and a connect`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0, backlog: 0)
      try cancels { _ = try listener.accept() }
      // With its queue full, the listener answers no more.
      let address = listener.localAddress
      var held: [TCPStream] = []
      var isFull = false
      while !isFull && held.count < 8 {
        do {
          try withTimeout(.seconds(1)) { held.append(try TCPStream(connect: address)) }
        } catch is DeadlineExceeded { isFull = true }
      }
      #expect(isFull)
      try cancels { _ = try TCPStream(connect: address) }
      #expect(try listener.accept().peerAddress.host == "127.0.0.1")
    }
  }

  @Test func `a wait for a process, which runs on`() throws {
    try onDrift {
      let child = try Command("sleep", "30").start()
      try cancels { try child.wait() }
      #expect(child.exitReport == nil)
      try child.send(.kill)
      #expect(try child.wait().status == .signalled(.kill, coreDumped: false))
    }
  }

  @Test func `every wait sees on entry that it has been cancelled`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      try writer.write([1])
      let child = try Command("true").start()
      try child.wait()
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      let waits: [() throws -> Void] = [
        { _ = try readText(reader) }, { try writer.write([1]) },
        { try parkRead(reader) }, { try parkWrite(writer) },
        { try parkTimer(until: .distantFuture) },
        { try child.wait() }, { _ = try Command("true").start() },
        { _ = try Command("true").output() },
        { _ = try listener.accept() }, { _ = try TCPStream(connect: listener.localAddress) },
      ]
      for wait in waits {
        // Only the owner of an expired deadline may see this error.
        #expect(throws: DeadlineExceeded.self) {
          try withTimeout(.zero) {
            do { try wait() } catch is DeadlineExceeded { throw ResourceClosed("the deadline") }
          }
        }
      }
      #expect(try readText(reader).utf8.count == 1)
    }
  }

  @Test func `who has been cancelled takes no datagram and no signal that is there`() throws {
    try onDrift {
      let socket = try UDPSocket(bind: "127.0.0.1", port: 0)
      let address = try socket.localAddress
      try socket.send([7], to: address)
      let signals = try SignalStream([.user1])
      pthread_kill(pthread_self(), SIGUSR1)
      let polled = PolledDescriptor(try socket.withSocket { $0.rawValue }, for: .reading)
      var buffer: [UInt8] = [0]
      let waits: [() throws -> Void] = [
        { _ = try socket.receive(into: &buffer) }, { try socket.send([8], to: address) },
        { _ = try parkAny(of: [polled]) },
        { _ = try signals.next() }, { try select(.signal(from: signals) { _ in }) },
      ]
      for wait in waits {
        #expect(throws: DeadlineExceeded.self) { try withTimeout(.zero) { try wait() } }
      }
      #expect(try signals.next()?.signal == .user1)
      #expect(try socket.receive(into: &buffer).byteCount == 1 && buffer == [7])
    }
  }

  @Test func `a read that a deadline ended leaves no trace for the next`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      for round in 0..<20 {
        #expect(throws: DeadlineExceeded.self) {
          try withTimeout(.milliseconds(1)) { _ = try readText(reader) }
        }
        let text = "round \(round)"
        try writer.write(Array(text.utf8))
        #expect(try readText(reader) == text)
      }
    }
  }
}

extension Fd {
  /// A number of its own for the same open file, which the process keeps.
  fileprivate static func duplicate(of descriptor: Descriptor) throws -> Int32 {
    let number = descriptor.rawValue
    let owned = try Fd(reopening: number, for: .reading)
    return owned.release()
  }
}
