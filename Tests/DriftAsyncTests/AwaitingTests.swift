import Drift
import DriftAsync
import Glibc
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct AwaitingTests {
  @Test func `an async function's value, error and non-Sendable result come back`() async throws {
    try await onScheduler {
      #expect(try awaiting { await double(21) } == 42)
      #expect(throws: Refused.self) { try awaiting { throw Refused() } }
      let log = try awaiting { EventLog() }
      log.note("mine")
      #expect(log.entries == ["mine"])
    }
  }

  @Test func `nonisolated code runs on the scheduler's OS thread, between green threads`()
    async throws
  {
    try await onScheduler {
      let thread = pthread_self()
      var turns = 0
      try withScope { scope in
        let other = scope.spawn {
          while true {
            turns += 1
            try GreenThread.sleep(for: .microseconds(100))
          }
        }
        let isSame = try awaiting {
          for _ in 0..<10 { try await Task.sleep(for: .milliseconds(1)) }
          return pthread_equal(pthread_self(), thread) != 0
        }
        #expect(isSame)
        other.cancel()
      }
      #expect(turns > 1)
    }
  }

  @Test func `cancelling the green thread cancels its task and waits for it`() async throws {
    try await onScheduler {
      let hasEnded = Flag()
      try withScope { scope in
        let waiter = scope.spawn {
          try awaiting {
            defer { hasEnded.raise() }
            try await Task.sleep(for: .seconds(600))
          }
        }
        GreenThread.yield()
        waiter.cancel()
        #expect(throws: Cancelled.self) { try waiter.join() }
      }
      #expect(hasEnded.isRaised)
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(5)) {
          try awaiting { try await Task.sleep(for: .seconds(600)) }
        }
      }
    }
  }

  @Test func `a cancellation handler cannot park, which would hold up the runtime`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try await onScheduler {
        try withTimeout(.milliseconds(5)) {
          try awaiting {
            try await withTaskCancellationHandler {
              try await Task.sleep(for: .seconds(600))
            } onCancel: {
              GreenThread.yield()
            }
          }
        }
      }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("yield parks, and was called off a green thread"), "\(message)")
  }

  @Test func `a value in spite of a cancellation is returned, and no task begins after one`()
    async throws
  {
    try await onScheduler {
      try withScope { scope in
        let stubborn = scope.spawn {
          let value = try awaiting {
            while !Task.isCancelled { await Task.yield() }
            return 7
          }
          #expect(GreenThread.isCancelled)
          #expect(throws: Cancelled.self) { try awaiting { Issue.record("begun") } }
          return value
        }
        GreenThread.yield()
        stubborn.cancel()
        let value = try stubborn.join()
        #expect(value == 7)
      }
    }
  }

  @Test func `many wait at once, on actors and detached tasks`() async throws {
    try await onScheduler {
      let counter = Counter()
      let sum = try withScope { scope in
        let handles = (0..<1000).map { index in
          scope.spawn {
            try awaiting {
              await counter.add(1)
              return await Task.detached { index }.value
            }
          }
        }
        return try joinAll(handles).reduce(0, +)
      }
      #expect(sum == 499_500)
      #expect(try awaiting { await counter.value } == 1000)
    }
  }

  @Test func `it is no deadlock while a task runs, and one afterwards`() async throws {
    await #expect(throws: Deadlock.self) {
      try await onScheduler {
        #expect(try awaiting { await Task.detached { 1 }.value } == 1)
        _ = try Channel<Int>().receive()
      }
    }
  }

  @Test func `it works on virtual time`() async throws {
    let doubled = try await onScheduler(on: { VirtualTime() }) {
      try GreenThread.sleep(for: .seconds(3600))
      return try awaiting { await double(1) }
    }
    #expect(doubled == 2)
  }

  @Test func `a function that does not wait is answered before anybody else runs`() async throws {
    try await onScheduler {
      try withScope { scope in
        var hasRun = false
        scope.spawn { hasRun = true }
        let isOnOne = try awaiting { GreenThread.isRunningOnOne }
        #expect(!isOnOne)
        #expect(!hasRun)
        let doubled = try awaiting { await double(21) }
        #expect(doubled == 42)
        #expect(hasRun)
      }
    }
  }

  @Test func `who awaits again and again without a wait lets others run`() async throws {
    try await onScheduler {
      try withScope { scope in
        var isOver = false
        scope.spawn {
          try GreenThread.sleep(for: .milliseconds(1))
          isOver = true
        }
        var calls = 0
        while !isOver { calls += try awaiting { 1 } }
        #expect(calls > 1)
      }
    }
  }

  @Test func `who awaits is seen to run, in its task's function`() async throws {
    try await onScheduler {
      let remote = RemoteHandle()
      let waiter = GreenThread.spawn(name: "waiter") {
        try awaiting { remote.snapshot() }
      }
      let threads = try waiter.join()?.threads ?? []
      #expect(threads.filter { $0.state == .running }.map(\.name) == ["waiter"])
    }
  }

  @Test(arguments: Misuse.allCases)
  func `a call that may park traps in a task's job and says what to do`(misuse: Misuse) async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [misuse] in
      try Drift.run {
        try awaiting { try misuse.commit() }
      }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("was called in a Swift Task"))
  }

  @Test(.disabled(if: isSanitized, "a sanitizer has a report of its own"))
  func `a task's function that uses up the caller's stack is reported as that`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      try Drift.run {
        GreenThread.spawn(name: "deep") { try awaiting { recurse(1 << 20) } }
        try GreenThread.sleep(for: .seconds(60))
      }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("Stack overflow in green thread \"deep\""), "\(text)")
  }
}

/// What must not be done in a task's job.
enum Misuse: String, CaseIterable, Codable {
  case sleeping, yielding
  case sendingWithRoom = "sending to a channel that has room"

  func commit() throws {
    switch self {
    case .sleeping: try GreenThread.sleep(for: .seconds(1))
    case .yielding: GreenThread.yield()
    case .sendingWithRoom: try Channel<Int>(.bounded(1)).send(1)
    }
  }
}

struct Refused: Error {}

/// Raised once, anywhere.
final class Flag: Sendable {
  private let value = Atomic(false)

  var isRaised: Bool { value.load(ordering: .acquiring) }

  func raise() { value.store(true, ordering: .releasing) }
}

func double(_ number: Int) async -> Int {
  await Task.yield()
  return number * 2
}

actor Counter {
  private(set) var value = 0

  func add(_ number: Int) { value += number }
}
