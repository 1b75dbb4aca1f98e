import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct ListeningSocketTests {
  @Test func `one that is stopped takes who had come, though others go on coming`() throws {
    try onDrift {
      let onTCP = try TCPListener(bind: "127.0.0.1", port: 0)
      try check(onTCP, takes: 3) { try TCPStream(connect: onTCP.localAddress) }
      let onUnix = try UnixListener(bind: .autobind)
      try check(onUnix, takes: 3) { try UnixStream(connect: onUnix.localAddress) }
      let adopted = try UnixListener(adopting: onSocket(backlog: 8))
      try check(adopted, takes: 3) { try UnixStream(connect: adopted.localAddress) }
    }
  }

  @Test func `where the kernel does not tell who has come, it takes a full queue`() throws {
    try onDrift {
      let listener = try UnixListener(bind: .autobind, backlog: 4)
      // The socket that the kernel is asked through.
      try check(listener, takes: 5, refusing: .tooManyOpenFiles) {
        try UnixStream(connect: listener.localAddress)
      }
    }
  }

  @Test func `who was taken when there was no room to watch him is given later`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      var told: [ErrorCode] = []
      listener.onShortage = { told.append($0.code) }
      let client = try TCPStream(connect: listener.localAddress)
      try client.write("hello")
      // The first call is `accept4`, the second `epoll_ctl`.
      var server: TCPStream?
      let wasMet = try Fault.inject(.noSpace, atCall: 2) { server = try listener.accept() }
      #expect(wasMet && told == [.noSpace])
      #expect(try server?.readExactly(5) == Array("hello".utf8))
    }
  }

  @Test func `one who could not be watched yet counts among those who have come`() throws {
    try onDrift {
      let listener = try UnixListener(bind: .autobind)
      let client = try UnixStream(connect: listener.localAddress)
      let second = try UnixStream(connect: listener.localAddress)
      let isRefused = Fault.inject(.noSpace, atCall: 2) {
        try? select(.accept(from: listener) { $0.close() }, .after(.zero) {})
      }
      #expect(isRefused)
      listener.stop()
      var count = 0
      #expect(throws: ResourceClosed.self) {
        while true {
          try listener.accept().close()
          count += 1
        }
      }
      #expect(count == 2)
      client.close()
      second.close()
    }
  }

  @Test func `where the kernel does not tell, a stop wakes who accepts all the same`() throws {
    try onDrift(within: .seconds(20)) {
      let listener = try UnixListener(bind: .autobind)
      try withScope(isolatingFailures: { _ in }) { scope in
        let accepting = scope.spawn { try listener.accept() }
        GreenThread.yield()
        #expect(Fault.inject(.tooManyOpenFiles, atCall: 1) { listener.stop() })
        #expect(throws: ResourceClosed.self) { _ = try accepting.join() }
      }
    }
  }

  @Test func `a select takes who had come, too, and is told the end then`() throws {
    try onDrift {
      let listener = try UnixListener(bind: .autobind)
      var clients = [try UnixStream(connect: listener.localAddress)]
      listener.stop()
      clients.append(try UnixStream(connect: listener.localAddress))
      let taken = try select(.accept(from: listener) { $0 })
      try clients[0].write("x")
      #expect(try taken.readExactly(1) == Array("x".utf8))
      let end = errorThrown { _ = try select(.accept(from: listener) { $0 }) }
      #expect(end is ResourceClosed)
      #expect(errorThrown { _ = try clients[1].readExactly(1) } is CoreError)
    }
  }

  @Test func `who is cancelled takes nobody, and connects to nobody`() throws {
    try onDrift {
      let listener = try UnixListener(bind: .autobind)
      let onTCP = try TCPListener(bind: "127.0.0.1", port: 0)
      let client = try UnixStream(connect: listener.localAddress)
      try withScope { scope in
        scope.cancel()
        #expect(throws: Cancelled.self) { _ = try listener.accept() }
        #expect(throws: Cancelled.self) { _ = try UnixStream(connect: listener.localAddress) }
        #expect(throws: Cancelled.self) { _ = try TCPStream(connect: onTCP.localAddress) }
      }
      try client.write("x")
      #expect(try listener.accept().readExactly(1) == Array("x".utf8))
    }
  }

  @Test func `one that nobody has come to is closed when it is stopped`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      listener.stop()
      let late = errorThrown { _ = try TCPStream(connect: listener.localAddress) }
      #expect((late as? CoreError)?.code == .connectionRefused)
      #expect(errorThrown { _ = try listener.accept() } is ResourceClosed)
    }
  }

  @Test func `a full server that is stopped does not serve those who come again and again`()
    throws
  {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      var served = 0
      try withScope { scope in
        let serving = scope.spawn {
          try listener.serve(limit: 1, draining: .seconds(20), onFailure: { Issue.record($0) }) {
            _ in
            served += 1
            try GreenThread.sleep(for: .milliseconds(1))
          }
        }
        for _ in 0..<4 {
          scope.spawn {
            while let client = try? TCPStream(connect: listener.localAddress) {
              _ = try? client.readAll(limit: 1)
              client.close()
            }
          }
        }
        while served < 10 { try GreenThread.sleep(for: .milliseconds(1)) }
        let before = served
        listener.stop()
        #expect(try serving.join() == 0)
        #expect(served - before <= 4)
      }
    }
  }

  /// Stops `listener` when three have come, lets one come after each that is taken, and counts.
  private func check<Source: Listener>(
    _ listener: Source, takes expected: Int, refusing code: ErrorCode? = nil,
    _ connect: () throws -> AnyObject
  ) throws {
    var clients: [AnyObject] = []
    for _ in 0..<3 { clients.append(try connect()) }
    try GreenThread.sleep(for: .milliseconds(5))
    if let code {
      #expect(Fault.inject(code, atCall: 1) { listener.stop() })
    } else {
      listener.stop()
    }
    var taken: [Source.Accepted] = []
    let end = errorThrown {
      while taken.count < 20 {
        if let client = try? connect() { clients.append(client) }
        taken.append(try listener.accept())
      }
    }
    #expect(end is ResourceClosed)
    #expect(taken.count == expected)
  }

  private func onSocket(backlog: Int32) throws -> Fd {
    let bound = try UnixSocket.listen(on: .autobind, backlog: backlog)
    return bound.takeSocket()
  }
}
