import TestSupport
import Testing

@testable import GreenThreads

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
///
/// Each behaviour twice: where the list's head is looked at, and where the runtime must be asked.
@Suite struct ExclusivityTests {
  @Test func `the head of the list is found in the runtime that this is built for`() throws {
    try onVirtualTime {
      #expect(AccessList.isFound)
      #expect(unsafe AccessList.head.pointee == 0)
      let owner = Owner()
      owner.property.mutate { #expect(unsafe AccessList.head.pointee != 0) }
      #expect(unsafe AccessList.head.pointee == 0)
    }
  }

  @Test(arguments: [true, false])
  func `two green threads may park inside one property`(isSought: Bool) async {
    await #expect(processExitsWith: .success) { [isSought] in
      AccessList.isSought = isSought
      try onVirtualTime {
        let owner = Owner()
        try withScope { scope in
          for _ in 0..<2 {
            scope.spawn { try owner.property.mutate { try GreenThread.sleep(for: .seconds(1)) } }
          }
        }
        try #require(owner.property.value == 2)
      }
    }
  }

  @Test(arguments: [true, false])
  func `accesses that end in another order than they began are kept apart`(
    isSought: Bool
  ) async {
    await #expect(processExitsWith: .success) { [isSought] in
      AccessList.isSought = isSought
      for order in [Order.fifo, .seeded(11)] {
        try onVirtualTime(order: order) {
          try withScope { scope in
            for number in 0..<200 { scope.spawn { try nestAccesses(number) } }
          }
        }
      }
    }
  }

  @Test(arguments: [true, false])
  func `an access has none of the ten thousand before it that are parked`(
    isSought: Bool
  ) async {
    await #expect(processExitsWith: .success) { [isSought] in
      AccessList.isSought = isSought
      // The control: one list for all is as long as there are green threads inside an access.
      for (exclusivity, parked) in [(Exclusivity.perThread, 10_000), (.shared, 10)] {
        try onVirtualTime(exclusivity: exclusivity) {
          try withScope { scope in
            for _ in 0..<parked {
              let owner = Owner()
              scope.spawn { try owner.property.mutate { try GreenThread.sleep(for: .seconds(1)) } }
            }
            GreenThread.yield()
            AccessList.isSought = true
            let head = unsafe AccessList.head.pointee
            try #require((head == 0) == (exclusivity == .perThread))
            AccessList.isSought = isSought
          }
        }
      }
    }
  }

  @Test(arguments: [true, false])
  func `an overlap within one green thread is still reported`(isSought: Bool) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [isSought] in
      AccessList.isSought = isSought
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

  @Test(arguments: [true, false])
  func `an overlap is reported after others have been inside accesses of their own`(
    isSought: Bool
  ) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [isSought] in
      AccessList.isSought = isSought
      try onVirtualTime {
        let owner = Owner()
        try withScope { scope in
          for number in 0..<10 { scope.spawn { try nestAccesses(number) } }
          scope.spawn { for _ in 0..<10 { GreenThread.yield() } }
          owner.property.mutate {
            for _ in 0..<20 { GreenThread.yield() }
            owner.property.mutate {}
          }
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

  @Test(arguments: [true, false])
  func `the access of the caller of run is away meanwhile, and back when run returns`(
    isSought: Bool
  ) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [isSought] in
      AccessList.isSought = isSought
      try onOwnThread {
        let owner = Owner()
        try owner.property.mutate {
          try run(on: VirtualTime()) {
            owner.property.mutate {}
            try GreenThread.sleep(for: .seconds(1))
          }
          printToStandardError("run has returned\n")
          owner.property.mutate {}
        }
      }
    }
    #expect(text(result).contains("run has returned\n"))
    #expect(text(result).contains("Simultaneous accesses"))
  }
}

/// Accesses to two objects, one inside the other, with parks and yields in both.
private func nestAccesses(_ number: Int) throws {
  let (outer, inner) = (Owner(), Owner())
  try outer.property.mutate {
    try GreenThread.sleep(for: .milliseconds(number * 7 % 50))
    try inner.property.mutate {
      for _ in 0..<number % 5 { GreenThread.yield() }
      try GreenThread.sleep(for: .milliseconds(number * 3 % 20))
    }
  }
}
