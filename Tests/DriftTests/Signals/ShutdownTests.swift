import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct ShutdownTests {
  private func raise(_ signal: Signal) {
    pthread_kill(pthread_self(), signal.rawValue)
  }

  // MARK: - Whole processes

  @Test func `the first signal lets a program clean up and end`() throws {
    for signal in [Signal.terminate, .interrupt] {
      try onDrift {
        let child = try exampleProgram("GracefulExample").start()
        let output = child.standardOutput
        #expect(try readText(output) == "working\n")
        try child.send(signal)
        let rest = String(decoding: try output.readAll(limit: 1_000), as: UTF8.self)
        #expect(rest == "cleaning up\nended\n")
        #expect(try child.wait().status == .exited(code: 0))
      }
    }
  }

  @Test func `a second signal ends it at once, also while nothing parks`() throws {
    try onDrift {
      let child = try exampleProgram("GracefulExample", "stuck").start()
      let output = child.standardOutput
      #expect(try readText(output) == "working\n")
      try child.send(.interrupt)
      #expect(try readText(output) == "cleaning up\n")
      try child.send(.terminate)
      #expect(try child.wait().status == .signalled(.terminate, coreDumped: false))
    }
  }

  @Test func `a second signal that comes together with the first ends it, too`() throws {
    try onDrift {
      let child = try exampleProgram("GracefulExample").start()
      #expect(try readText(child.standardOutput) == "working\n")
      for signal in [Signal.stop, .interrupt, .terminate, .continue] { try child.send(signal) }
      let status = try child.wait().status
      #expect(
        [.interrupt, .terminate].contains { status == .signalled($0, coreDumped: false) },
        "\(status)")
    }
  }

  /// Runs a program as process 1 of a PID namespace.
  private static let apart = ["--user", "--map-root-user", "--pid", "--fork", "--kill-child"]

  private static var mayStandApart: Bool {
    unsafe system("unshare \(apart.joined(separator: " ")) true 2>/dev/null") == 0
  }

  @Test(.enabled(if: Self.mayStandApart, "needs the right to make namespaces"))
  func `process 1, which the kernel spares it, ends by a second signal all the same`() throws {
    try onDrift {
      let program = exampleProgram("GracefulExample", "slow")
      let arguments = Self.apart.map { RawString($0) } + [program.program] + program.arguments
      let unshare = try Command("unshare", arguments: arguments).start()
      #expect(try readText(unshare.standardOutput) == "working\n")
      let children = try contents(of: "/proc/\(unshare.pid)/task/\(unshare.pid)/children")
      let one = try #require(children.split(separator: " ").first.flatMap { Int32($0) })
      #expect(kill(one, SIGINT) == 0)
      #expect(try readText(unshare.standardOutput) == "cleaning up\n")
      #expect(kill(one, SIGTERM) == 0)
      #expect(try unshare.wait().status == .exited(code: 128 + SIGTERM))
    }
  }

  // MARK: - Its scope

  @Test func `the first signal cancels the body and what it has spawned`() throws {
    try onDrift {
      var log: [String] = []
      let result: Int? = try withGracefulShutdown(on: [.user1]) { shutdown in
        shutdown.scope.spawn {
          defer { log.append("child") }
          try GreenThread.sleep(for: .seconds(600))
        }
        GreenThread.yield()
        #expect(!shutdown.isRequested)
        raise(.user1)
        defer { log.append("body \(shutdown.isRequested)") }
        try GreenThread.sleep(for: .seconds(600))
        return 1
      }
      #expect(result == nil)
      #expect(Set(log) == ["child", "body true"])
      try GreenThread.checkCancellation()
    }
  }

  @Test func `with a grace the body may end by itself`() throws {
    try onDrift {
      let result = try withGracefulShutdown(on: [.user1], grace: .seconds(600)) { shutdown in
        raise(.user1)
        let signal = try shutdown.wait()
        // Nothing is cancelled yet.
        try GreenThread.sleep(for: .milliseconds(1))
        return signal
      }
      #expect(result == .user1)
    }
  }

  @Test func `a grace that is over cancels the body`() throws {
    try onDrift {
      var waited: Signal?
      let result: Void? = try withGracefulShutdown(on: [.user1], grace: .milliseconds(5)) {
        shutdown in
        raise(.user1)
        waited = try shutdown.wait()
        try GreenThread.sleep(for: .seconds(600))
      }
      #expect(result == nil)
      #expect(waited == .user1)
    }
  }

  @Test func `a body that ends without a signal returns its value, and the signals are free`()
    throws
  {
    try onDrift {
      unblock(SIGUSR1)
      let seven = try withGracefulShutdown(on: [.user1]) { _ in 7 }
      #expect(seven == 7)
      #expect(throws: EndOfWork.self) {
        try withGracefulShutdown(on: [.user1]) { _ in throw EndOfWork() }
      }
      #expect(!isBlocked(SIGUSR1))
    }
  }

  @Test func `a cancellation from outside stays one`() throws {
    try onDrift {
      _ = #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(5)) {
          try withGracefulShutdown(on: [.user1]) { shutdown in _ = try shutdown.wait() }
        }
      }
    }
  }

  private struct EndOfWork: Error {}
}
