import GreenThreads
import TestSupport
import Testing

@Suite struct RunTests {
  private final class Owner {
    var property = Property()
  }

  private struct Property {
    var value = 0
    mutating func mutate(_ body: () throws -> Void) rethrows {
      try body()
      value += 1
    }
  }

  @Test func `run returns the value of its body, or throws its error`() throws {
    struct Broken: Error {}
    let value = try onVirtualTime { 42 }
    #expect(value == 42)
    #expect(throws: Broken.self) { try onVirtualTime { throw Broken() } }
  }

  @Test func `what is spawned when its body has returned never begins, and is no failure`() throws {
    var hasBegun = false
    let value = try onVirtualTime {
      let work = Channel<Int>(.unbounded)
      GreenThread.spawn(name: "dispatcher") {
        while try work.receive() != nil { GreenThread.spawn { hasBegun = true } }
      }
      GreenThread.spawn(name: "unwinding") {
        defer { GreenThread.spawn { hasBegun = true } }
        try GreenThread.sleep(for: .seconds(60))
      }
      GreenThread.yield()
      // The dispatcher has been woken when the body returns.
      _ = work.trySend(1)
      return 7
    }
    #expect(value == 7)
    #expect(!hasBegun)
  }

  @Test func `a plain run says nothing, and owns no OS thread`() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      try onVirtualTime {
        let before = osThreadCount()
        try withScope { scope in
          let sleeper = scope.spawn { try GreenThread.sleep(for: .seconds(9)) }
          scope.spawn { _ = try? sleeper.join(within: .seconds(1)) }
          scope.spawn { GreenThread.yield() }
          scope.spawn { #expect(OwnedThread.all.isEmpty && osThreadCount() == before) }
          try GreenThread.sleep(for: .seconds(2))
          #expect(OwnedThread.all.isEmpty && osThreadCount() == before)
          sleeper.cancel()
        }
      }
      #expect(OwnedThread.all.isEmpty)
    }
    #expect(result?.standardOutputContent == [])
    #expect(text(result) == "")
  }

  @Test func `green threads have no access to what the caller of run is accessing`() throws {
    let owner = Owner()
    try onOwnThread {
      try owner.property.mutate {
        try run(on: VirtualTime()) {
          try withScope { scope in
            for _ in 0..<10 {
              scope.spawn {
                try owner.property.mutate { try GreenThread.sleep(for: .seconds(1)) }
              }
            }
          }
        }
      }
    }
    #expect(owner.property.value > 0)
  }

  @Test func `two schedulers on two OS threads do not disturb each other`() throws {
    let rounds = isSanitized ? 200 : 5_000
    let work: @Sendable () -> Void = {
      let sum = try? run(on: VirtualTime()) {
        try withScope { scope in
          var sum = 0
          for number in 0..<rounds {
            scope.spawn {
              try GreenThread.sleep(for: .microseconds(number % 10))
              sum += number
            }
          }
          try GreenThread.sleep(for: .seconds(1))
          return sum
        }
      }
      if sum != rounds * (rounds - 1) / 2 { Issue.record("a wrong sum: \(sum ?? -1)") }
    }
    try onOwnThread {
      let other = HelperThread(work)
      work()
      other.join()
    }
  }

  @Test func `two hundred cycles of a scheduler leave no mapping and no object`() async {
    await #expect(processExitsWith: .success) {
      func cycle(_ lifetime: Lifetime) throws {
        try onVirtualTime {
          try withScope(isolatingFailures: { _ in }) { scope in
            for number in 0..<50 {
              let captured = Tracked(lifetime, number)
              let child = scope.spawn(stackSize: number % 2 == 0 ? nil : 1 << 20) { () -> Tracked in
                try withTimeout(.seconds(number % 3)) { try GreenThread.sleep(for: .seconds(1)) }
                return captured
              }
              if number % 5 == 0 { child.cancel() }
            }
          }
        }
      }
      let lifetime = Lifetime()
      for _ in 0..<20 { try cycle(lifetime) }
      let before = mappingCount()
      for _ in 0..<200 { try cycle(lifetime) }
      let after = mappingCount()
      #expect(lifetime.liveCount == 0)
      #expect(after <= before + 20, "\(before) mappings became \(after)")
    }
  }

  @Test(.disabled(if: isSanitized, "the sanitizer needs address space of its own"))
  func `run throws when there is no stack for its body`() async {
    await #expect(processExitsWith: .success) {
      try onOwnThread {
        limitAddressSpace(toFurther: 4 << 20)
        let lifetime = Lifetime()
        do {
          let captured = Tracked(lifetime)
          #expect(throws: StackUnavailable.self) {
            try run(on: VirtualTime()) { _ = captured.number }
          }
        }
        #expect(lifetime.liveCount == 0)
      }
    }
  }
}
