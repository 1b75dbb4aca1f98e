import GreenThreads
import TestSupport
import Testing

private final class Owner {
  var property = Property()
  var other = 0
}

private struct Property {
  var value = 0
  mutating func mutate(_ body: () throws -> Void) rethrows {
    try body()
    value += 1
  }
}

/// Swift's runtime keeps the accesses in progress in a list for each OS thread, with its nodes on
/// the stack; a park must take the green thread's part off it.
@Suite struct ExclusivityTests {
  @Test func `two green threads may park inside one property`() throws {
    try onVirtualTime {
      let owner = Owner()
      try withScope { scope in
        for _ in 0..<2 {
          scope.spawn { try owner.property.mutate { try GreenThread.sleep(for: .seconds(1)) } }
        }
      }
    }
  }

  @Test func `accesses that end in another order than they began are kept apart`() throws {
    try onVirtualTime(order: .seeded(11)) {
      try withScope { scope in
        for number in 0..<200 {
          scope.spawn {
            let (outer, inner) = (Owner(), Owner())
            try outer.property.mutate {
              try GreenThread.sleep(for: .milliseconds(number * 7 % 50))
              try inner.property.mutate {
                for _ in 0..<number % 5 { GreenThread.yield() }
                try GreenThread.sleep(for: .milliseconds(number * 3 % 20))
              }
            }
          }
        }
      }
    }
  }

  @Test func `an access costs the same beside ten thousand that are parked`() throws {
    let parked = isSanitized ? 1_000 : 10_000
    try onVirtualTime {
      let alone = costOfAccesses()
      try withScope { scope in
        for _ in 0..<parked {
          let owner = Owner()
          scope.spawn { try owner.property.mutate { try GreenThread.sleep(for: .seconds(1)) } }
        }
        GreenThread.yield()
        let crowded = costOfAccesses()
        // One merged list would make it several hundred times dearer.
        #expect(crowded < alone * 10, "\(alone) became \(crowded)")
      }
    }
  }

  /// The best of several rounds, so that a busy machine does not matter.
  private func costOfAccesses() -> Duration {
    let owner = Owner()
    return (0..<10).map { _ in
      ContinuousClock().measure { for _ in 0..<500 { owner.property.mutate { owner.other += 1 } } }
    }.min() ?? .zero
  }

  @Test func `an overlap within one green thread is still reported`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        let owner = Owner()
        try owner.property.mutate {
          try GreenThread.sleep(for: .seconds(1))
          owner.property.mutate { GreenThread.yield() }
        }
      }
    }
    #expect(text(result).contains("Simultaneous accesses"))
  }

  @Test func `the shared mode reports two green threads that overlap`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime(exclusivity: .shared) {
        let owner = Owner()
        try withScope { scope in
          for _ in 0..<2 {
            scope.spawn { try owner.property.mutate { try GreenThread.sleep(for: .seconds(1)) } }
          }
        }
      }
    }
    #expect(text(result).contains("Simultaneous accesses"))
  }

  @Test func `the shared mode says nothing of those who do not overlap`() throws {
    try onVirtualTime(exclusivity: .shared) {
      try withScope { scope in
        for _ in 0..<2 {
          scope.spawn {
            let owner = Owner()
            try owner.property.mutate { try GreenThread.sleep(for: .seconds(1)) }
          }
        }
      }
    }
  }

  @Test func `the access of the caller of run is back when run returns`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onOwnThread {
        let owner = Owner()
        try owner.property.mutate {
          try run(on: VirtualTime()) { try GreenThread.sleep(for: .seconds(1)) }
          owner.property.mutate {}
        }
      }
    }
    #expect(text(result).contains("Simultaneous accesses"))
  }
}
