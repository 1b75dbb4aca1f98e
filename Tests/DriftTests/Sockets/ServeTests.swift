import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

// A server from its first connection to its last.
@Suite struct ServeTests {
  @Test func `a failing connection ends alone, and its error is told`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      var failures: [any Error] = []
      try withScope { scope in
        let serving = scope.spawn {
          try listener.serve(
            limit: 10, draining: .seconds(20), onFailure: { failures.append($0) }
          ) { stream in
            let question = try stream.readExactly(1)
            if question == [0] { throw InvalidArgument("zero") }
            try stream.write(question)
          }
        }
        let bad = try TCPStream(connect: listener.localAddress)
        let good = try TCPStream(connect: listener.localAddress)
        try bad.write([0])
        #expect(try bad.readAll(limit: 10) == [], "it is closed")
        try good.write([7])
        #expect(try good.readAll(limit: 10) == [7])
        listener.stop()
        #expect(try serving.join() == 0)
      }
      #expect(failures.map { "\($0)" } == ["invalid argument: zero"])
    }
  }

  @Test func `no more connections than the limit are served at once, and all are served`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      var present = 0
      var most = 0
      var served = 0
      try withScope { scope in
        let serving = scope.spawn {
          try listener.serve(limit: 3, draining: .seconds(20), onFailure: { Issue.record($0) }) {
            stream in
            present += 1
            most = max(most, present)
            defer { present -= 1 }
            try stream.write(try stream.readExactly(1))
            served += 1
          }
        }
        try withScope { clients in
          for _ in 0..<20 {
            clients.spawn {
              let client = try TCPStream(connect: listener.localAddress)
              try GreenThread.sleep(for: .milliseconds(2))
              try client.write([1])
              #expect(try client.readAll(limit: 10) == [1])
            }
          }
        }
        listener.stop()
        #expect(try serving.join() == 0)
      }
      #expect(most == 3 && served == 20)
    }
  }

  @Test func `a stopped server accepts who has come, refuses the others, and lets all end`() throws
  {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      let address = listener.localAddress
      try withScope { scope in
        let serving = scope.spawn {
          try listener.serve(limit: 1, draining: .seconds(20), onFailure: { Issue.record($0) }) {
            stream in
            try stream.write(try stream.readExactly(3))
          }
        }
        let first = try TCPStream(connect: address)
        let second = try TCPStream(connect: address)
        try GreenThread.sleep(for: .milliseconds(5))
        listener.stop()
        try GreenThread.sleep(for: .milliseconds(5))
        #expect(!serving.isFinished)
        for client in [first, second] {
          try client.write("end")
          #expect(try client.readAll(limit: 10) == Array("end".utf8))
        }
        #expect(try serving.join() == 0)
        let late = #expect(throws: CoreError.self) { _ = try TCPStream(connect: address) }
        #expect(late?.code == .connectionRefused)
      }
    }
  }

  @Test func `a client that never ends is cut off when the drain is over`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      var endings: [String] = []
      try withScope { scope in
        let serving = scope.spawn {
          try listener.serve(
            limit: 10, draining: .milliseconds(50), onFailure: { Issue.record($0) }
          ) { stream in
            do {
              try stream.write(try stream.readExactly(1))
              endings.append("answered")
            } catch {
              endings.append(error is Cancelled ? "cancelled" : "\(error)")
              throw error
            }
          }
        }
        let silent = try TCPStream(connect: listener.localAddress)
        let slow = try TCPStream(connect: listener.localAddress)
        try GreenThread.sleep(for: .milliseconds(5))
        listener.stop()
        try slow.write([1])
        #expect(try slow.readAll(limit: 10) == [1])
        #expect(try serving.join() == 1)
        #expect(try silent.readAll(limit: 10) == [], "it is closed")
      }
      #expect(endings == ["answered", "cancelled"])
    }
  }

  @Test(arguments: ["stopped", "closed"])
  func `a full server that is ended waits no longer than the drain for a place`(
    end: String
  ) throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      try withScope { scope in
        let serving = scope.spawn {
          try listener.serve(
            limit: 1, draining: .milliseconds(20), onFailure: { Issue.record($0) }
          ) { stream in
            _ = try stream.readExactly(1)
          }
        }
        let served = try TCPStream(connect: listener.localAddress)
        let waiting = try TCPStream(connect: listener.localAddress)
        try GreenThread.sleep(for: .milliseconds(5))
        if end == "stopped" { listener.stop() } else { listener.close() }
        #expect(try serving.join() == 1)
        #expect(try served.readAll(limit: 10) == [])
        let error = #expect(throws: CoreError.self) { _ = try read(waiting) }
        #expect(error?.code == .connectionReset)
      }
    }
  }

  @Test func `cancelling the server drains it, too, and is then thrown`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      var answered = 0
      try withScope { scope in
        let serving = scope.spawn {
          try listener.serve(limit: 10, draining: .seconds(20), onFailure: { Issue.record($0) }) {
            stream in
            try stream.write(try stream.readExactly(1))
            answered += 1
          }
        }
        let client = try TCPStream(connect: listener.localAddress)
        try GreenThread.sleep(for: .milliseconds(5))
        serving.cancel()
        try GreenThread.sleep(for: .milliseconds(5))
        #expect(!serving.isFinished)
        try client.write([1])
        #expect(try client.readAll(limit: 10) == [1])
        #expect(throws: Cancelled.self) { try serving.join() }
      }
      #expect(answered == 1)
    }
  }

  @Test func `a deadline around the server is a drain, and then a deadline exceeded`() throws {
    try onDrift {
      let listener = try UnixListener(bind: .autobind)
      let client = try UnixStream(connect: listener.localAddress)
      var wasCancelled = false
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(20)) {
          try listener.serve(limit: 1, draining: .zero, onFailure: { Issue.record($0) }) { stream in
            do { _ = try stream.readExactly(1) } catch is Cancelled { wasCancelled = true }
          }
        }
      }
      #expect(wasCancelled)
      #expect(try client.readAll(limit: 10) == [])
    }
  }

  @Test func `a failing listener is told once those who are being served have ended`() throws {
    try onDrift {
      let listener = BreakingListener(try TCPListener(bind: "127.0.0.1", port: 0))
      let client = try TCPStream(connect: listener.inner.localAddress)
      var answered = 0
      try withScope { scope in
        let serving = scope.spawn {
          #expect(throws: InvalidArgument.self) {
            try listener.serve(limit: 10, draining: .seconds(20), onFailure: { Issue.record($0) }) {
              stream in
              try stream.write(try stream.readExactly(1))
              answered += 1
            }
          }
        }
        try GreenThread.sleep(for: .milliseconds(5))
        #expect(!serving.isFinished)
        try client.write([1])
        _ = try serving.join()
      }
      #expect(answered == 1)
    }
  }

  @Test func `a server that nobody has come to ends at once`() throws {
    try onDrift(within: .seconds(20)) {
      let listener = try UnixListener(bind: .autobind)
      try withScope { scope throws in
        let serving = scope.spawn {
          try listener.serve(limit: 1, draining: .seconds(3600), onFailure: { _ in }) { _ in }
        }
        GreenThread.yield()
        listener.stop()
        #expect(try serving.join() == 0)
      }
    }
  }

  @Test func `who has come by the time of a cancellation is served, and closed to the end`() throws
  {
    try onDrift {
      let listener = try UnixListener(bind: .autobind)
      var kept: UnixStream?
      try withScope(isolatingFailures: { _ in }) { scope in
        let serving = scope.spawn {
          try listener.serve(limit: 1, draining: .seconds(5), onFailure: { Issue.record($0) }) {
            stream in
            kept = stream
            try stream.write(try stream.readExactly(1))
          }
        }
        // Until it waits for somebody.
        try GreenThread.sleep(for: .milliseconds(5))
        let client = try UnixStream(connect: listener.localAddress)
        serving.cancel()
        try client.write([1])
        #expect(try client.readAll(limit: 10) == [1])
        #expect(throws: Cancelled.self) { try serving.join() }
      }
      #expect(kept != nil)
    }
  }

  @Test func `a limit that lets nobody in is refused`() throws {
    try onDrift {
      let listener = try UnixListener(bind: .autobind)
      #expect(throws: InvalidArgument.self) {
        try listener.serve(limit: 0, draining: .zero, onFailure: { _ in }) { _ in }
      }
    }
  }
}

/// Gives one connection, and then an error.
private final class BreakingListener: Listener {
  let inner: TCPListener
  private var accepted = 0

  init(_ inner: TCPListener) { self.inner = inner }

  var stopped: Gate { inner.stopped }

  func accept() throws -> TCPStream {
    accepted += 1
    if accepted > 1 { throw InvalidArgument("broken") }
    return try inner.accept()
  }

  func stop() { inner.stop() }
  func close() { inner.close() }
}
