import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

// What a listener does when there are no descriptors left to accept with.
//
// The limit of open files belongs to the process, so such a test is one of its own; its table of
// descriptors belongs to one OS thread there, so that nobody else frees one at the wrong moment.
@Suite struct AcceptShortageTests {
  @Test func `a shortage is waited out, told, and over once there are descriptors again`() async {
    await #expect(processExitsWith: .success) {
      try withOwnDescriptors {
        try Drift.run {
          let listener = try TCPListener(bind: "127.0.0.1", port: 0)
          var told: [ErrorCode] = []
          listener.onShortage = { told.append($0.code) }
          let client = try TCPStream(connect: listener.localAddress)
          let hoard = try Hoard()
          try withScope { scope in
            let accepting = scope.spawn { try listener.accept() }
            while told.count < 3 { try GreenThread.sleep(for: .milliseconds(1)) }
            try #require(!accepting.isFinished)
            // No spinning: by now each pause is at least 40 milliseconds.
            let before = told.count
            let span = try elapsed { try GreenThread.sleep(for: .milliseconds(200)) }
            try #require(Double(told.count - before) <= 1 + span / .milliseconds(40))
            hoard.letGo()
            let server = try accepting.join()
            try client.write("served")
            try #require(try server.readExactly(6) == Array("served".utf8))
          }
          try #require(told.allSatisfy { $0 == .tooManyOpenFiles })
        }
      }
    }
  }

  @Test func `a select is busy while somebody waits out a shortage in accept`() async {
    await #expect(processExitsWith: .success) {
      try withOwnDescriptors {
        try Drift.run {
          let listener = try TCPListener(bind: "127.0.0.1", port: 0)
          var shortages = 0
          listener.onShortage = { _ in shortages += 1 }
          let client = try TCPStream(connect: listener.localAddress)
          let hoard = try Hoard()
          try withScope { scope in
            let accepting = scope.spawn { try listener.accept() }
            while shortages == 0 { try GreenThread.sleep(for: .milliseconds(1)) }
            let refusal = errorThrown {
              try select(.accept(from: listener) { $0.close() }, .after(.seconds(20)) {})
            }
            try #require(refusal is ResourceBusy)
            hoard.letGo()
            try accepting.join().write("served")
            try #require(try client.readExactly(6) == Array("served".utf8))
          }
        }
      }
    }
  }

  @Test func `in a select a shortage is waited out while the other branches go on`() async {
    await #expect(processExitsWith: .success) {
      try withOwnDescriptors {
        try Drift.run {
          let listener = try UnixListener(bind: .autobind)
          let client = try UnixStream(connect: listener.localAddress)
          var shortages = 0
          listener.onShortage = { _ in shortages += 1 }
          let hoard = try Hoard()
          let first = try select(
            .accept(from: listener) { _ in "accepted" }, .after(.milliseconds(100)) { "late" })
          try #require(first == "late" && shortages >= 2)
          hoard.letGo()
          let second = try select(
            .accept(from: listener) {
              try $0.write("served")
              return "accepted"
            }, .after(.seconds(20)) { "late" })
          try #require(second == "accepted")
          try #require(try client.readExactly(6) == Array("served".utf8))
        }
      }
    }
  }

  @Test func `a pause for want of descriptors ends by cancellation and by closing`() async {
    await #expect(processExitsWith: .success) {
      try withOwnDescriptors {
        try Drift.run {
          let listener = try UnixListener(bind: .autobind)
          let client = try UnixStream(connect: listener.localAddress)
          var shortages = 0
          listener.onShortage = { _ in shortages += 1 }
          let hoard = try Hoard()
          try withScope { scope in
            let cancelled = scope.spawn { _ = try listener.accept() }
            while shortages == 0 { try GreenThread.sleep(for: .milliseconds(1)) }
            cancelled.cancel()
            try #require(errorThrown { try cancelled.join() } is Cancelled)
            let closed = scope.spawn {
              try #require(errorThrown { _ = try listener.accept() } is ResourceClosed)
            }
            let seen = shortages
            while shortages == seen { try GreenThread.sleep(for: .milliseconds(1)) }
            let second = errorThrown {
              try withTimeout(.seconds(20)) { _ = try listener.accept() }
            }
            try #require(second is ResourceBusy)
            listener.close()
            try closed.join()
          }
          hoard.letGo()
          client.close()
        }
      }
    }
  }

  @Test func `a connection that its peer has given up before is passed over`() throws {
    try onDrift {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      let aborted = try TCPStream(connect: listener.localAddress)
      aborted.reset()
      let client = try TCPStream(connect: listener.localAddress)
      try client.write("good")
      try client.shutdownWrite()
      var good = 0
      // Linux hands a reset connection out all the same: it is broken, and the next one is not.
      while good == 0 {
        let server = try listener.accept()
        do {
          if try server.readAll(limit: 10) == Array("good".utf8) { good += 1 }
        } catch let error as CoreError {
          #expect(error.code == .connectionReset)
        }
      }
    }
  }
}

/// Every descriptor that this process may still open, after lowering its limit.
private struct Hoard {
  private var numbers: [Int32] = []

  init() throws {
    var limit = rlimit()
    unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = min(limit.rlim_cur, 128)
    try #require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
    while case let number = dup(0), number >= 0 { numbers.append(number) }
    try #require(!numbers.isEmpty)
  }

  func letGo() {
    for number in numbers { close(number) }
  }
}
