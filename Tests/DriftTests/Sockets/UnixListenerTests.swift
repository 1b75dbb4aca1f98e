import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct UnixListenerTests {
  @Test func `closing, and letting go, removes the file that it has made`() throws {
    try onDrift {
      let place = try SocketFolder()
      let listener = try UnixListener(bind: place.path(), permissions: 0o600)
      #expect(place.mode() == S_IFSOCK | 0o600)
      listener.close()
      #expect(place.mode() == nil)
      listener.close()
      var dropped: UnixListener? = try UnixListener(bind: place.path())
      #expect(place.mode() != nil && dropped != nil)
      dropped = nil
      #expect(place.mode() == nil)
    }
  }

  @Test func `somebody else's file at the path stays`() throws {
    try onDrift {
      let place = try SocketFolder()
      let mine = try UnixListener(bind: place.path())
      _ = unsafe unlink(place.path().description.filter { $0 != "\"" })
      let theirs = try UnixListener(bind: place.path())
      mine.close()
      #expect(place.mode() != nil)
      try UnixStream(connect: place.path()).close()
      theirs.close()
      #expect(place.mode() == nil)
    }
  }

  @Test func `a path is taken over from the dead, and not from the living`() throws {
    try onDrift {
      let place = try SocketFolder()
      try UnixSocket.listen(on: place.address()).takeSocket().close()
      let refused = #expect(throws: CoreError.self) { _ = try UnixListener(bind: place.path()) }
      #expect(refused?.code == .addressInUse)
      let listener = try UnixListener(bind: place.path(), replacing: .deadSocket)
      for replacement in [UnixSocket.Replacement.deadSocket, .anyFile] {
        let stolen = #expect(throws: CoreError.self) {
          _ = try UnixListener(bind: place.path(), replacing: replacement)
        }
        #expect(stolen?.code == .addressInUse)
      }
      try UnixStream(connect: place.path()).close()
      try listener.accept().close()
    }
  }

  @Test func `what only a path has is refused for other names`() throws {
    try onDrift {
      let name = try UnixAddress(abstractName: "drift")
      for address in [name, .autobind] {
        let mode = #expect(throws: CoreError.self) {
          _ = try UnixListener(bind: address, permissions: 0o600)
        }
        #expect(mode?.code == .invalidArgument)
        let policy = #expect(throws: CoreError.self) {
          _ = try UnixListener(bind: address, replacing: .deadSocket)
        }
        #expect(policy?.code == .invalidArgument)
      }
    }
  }

  @Test func `accept ends with its deadline and by a close, and is one at a time`() throws {
    try onDrift {
      let listener = try UnixListener(bind: .autobind)
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(10)) { _ = try listener.accept() }
      }
      try withScope { scope in
        let first = scope.spawn(name: "first") { _ = try listener.accept() }
        GreenThread.yield()
        let busy = #expect(throws: ResourceBusy.self) { _ = try listener.accept() }
        #expect(busy?.holder.contains("first") == true)
        _ = try UnixStream(connect: listener.localAddress)
        try first.join()
        let second = scope.spawn {
          #expect(throws: ResourceClosed.self) { _ = try listener.accept() }
        }
        GreenThread.yield()
        listener.close()
        _ = try second.join()
      }
    }
  }

  @Test func `who accepts beside one that waits is busy, also when somebody has come`() throws {
    try onDrift {
      let listener = try UnixListener(bind: .autobind)
      try withScope { scope in
        let first = scope.spawn(name: "first") { try listener.accept() }
        GreenThread.yield()
        // It comes without a park, so that the first has not been told yet.
        let client = try UnixStream(connect: listener.localAddress)
        let busy = #expect(throws: ResourceBusy.self) { _ = try listener.accept() }
        #expect(busy?.holder.contains("first") == true)
        try client.write("x")
        #expect(try first.join().readExactly(1) == [120])
      }
    }
  }

  @Test func `a stopped listener gives those who have come, and nobody else`() throws {
    try onDrift {
      let listener = try UnixListener(bind: .autobind)
      let early = try UnixStream(connect: listener.localAddress)
      listener.stop()
      let server = try listener.accept()
      try early.write("here")
      #expect(try server.readExactly(4) == Array("here".utf8))
      #expect(throws: ResourceClosed.self) { _ = try listener.accept() }
      let late = #expect(throws: CoreError.self) {
        _ = try UnixStream(connect: listener.localAddress)
      }
      #expect(late?.code == .connectionRefused)
    }
  }

  @Test func `stopping wakes who accepts`() throws {
    try onDrift {
      let listener = try UnixListener(bind: .autobind)
      try withScope { scope in
        let accepting = scope.spawn {
          #expect(throws: ResourceClosed.self) { _ = try listener.accept() }
        }
        GreenThread.yield()
        listener.stop()
        _ = try accepting.join()
      }
    }
  }

  @Test func `five hundred clients are served at once, and the end is clean`() throws {
    try onDrift(within: .seconds(60)) {
      let listener = try UnixListener(bind: .autobind)
      var good = 0
      try withScope { scope in
        let serving = scope.spawn {
          try listener.serve(limit: 600, draining: .seconds(20), onFailure: { Issue.record($0) }) {
            stream in
            var buffer = [UInt8](repeating: 0, count: 256)
            while case let count = try stream.read(into: &buffer), count > 0 {
              try stream.write(Array(buffer[..<count]))
            }
          }
        }
        try withScope { clients in
          for index in 0..<500 {
            clients.spawn {
              let stream = try UnixStream(connect: listener.localAddress)
              let bytes = noise(100, seed: UInt64(index))
              for _ in 0..<3 {
                try stream.write(bytes)
                if try stream.readExactly(100) == bytes { good += 1 }
              }
            }
          }
        }
        listener.stop()
        #expect(try serving.join() == 0)
      }
      #expect(good == 1500)
    }
  }
}
