import GreenThreads
import TestSupport
import Testing

@Suite struct LocalTests {
  static let request = GreenThread.Local<Int?>(nil)
  static let user = GreenThread.Local("nobody")

  @Test func `a value is bound for a closure, and the one before comes back`() throws {
    try onVirtualTime {
      #expect(Self.request.value == nil)
      Self.request.withValue(1) {
        #expect(Self.request.value == 1)
        Self.request.withValue(2) { #expect(Self.request.value == 2) }
        Self.request.withValue(nil) { #expect(Self.request.value == nil) }
        #expect(Self.request.value == 1)
        #expect(Self.user.value == "nobody")
      }
      #expect(Self.request.value == nil)
      let failure = errorThrown {
        try Self.request.withValue(3) { throw ResourceClosed("the test") }
      }
      #expect(failure != nil)
      #expect(Self.request.value == nil)
    }
  }

  @Test func `children inherit what their spawner has bound, whatever scope they are in`() throws {
    try onVirtualTime {
      try withScope { outer in
        let child = Self.request.withValue(7) {
          Self.user.withValue("ada") {
            outer.spawn {
              try GreenThread.sleep(for: .seconds(1))
              let grandchild = GreenThread.spawn { (Self.request.value, Self.user.value) }
              return try grandchild.join()
            }
          }
        }
        #expect(Self.request.value == nil)
        let (request, user) = try child.join()
        #expect(request == 7)
        #expect(user == "ada")
      }
    }
  }

  @Test func `nobody else sees a binding, however they take turns`() throws {
    try onVirtualTime {
      try withScope { scope in
        for number in 0..<10 {
          scope.spawn {
            try Self.request.withValue(number) {
              for _ in 0..<10 {
                try GreenThread.sleep(for: .milliseconds(1))
                #expect(Self.request.value == number)
              }
            }
            GreenThread.yield()
            #expect(Self.request.value == nil)
          }
        }
        scope.spawn {
          try GreenThread.sleep(for: .milliseconds(5))
          #expect(Self.request.value == nil)
        }
      }
    }
  }

  @Test func `a child's binding does not reach its spawner`() throws {
    try onVirtualTime {
      try Self.request.withValue(1) {
        let child = GreenThread.spawn {
          try Self.request.withValue(2) { try GreenThread.sleep(for: .seconds(1)) }
        }
        try GreenThread.sleep(for: .milliseconds(500))
        #expect(Self.request.value == 1)
        try child.join()
      }
    }
  }

  @Test func `off a green thread nothing is bound`() {
    #expect(Self.request.value == nil)
    #expect(Self.user.value == "nobody")
  }

  @Test func `values live as long as somebody has them bound, and no longer`() throws {
    let lifetime = Lifetime()
    let local = GreenThread.Local<Tracked?>(nil)
    try onVirtualTime {
      let child = local.withValue(Tracked(lifetime)) {
        GreenThread.spawn {
          try GreenThread.sleep(for: .seconds(1))
          return local.value?.number
        }
      }
      #expect(lifetime.liveCount == 1)
      try GreenThread.sleep(for: .seconds(2))
      #expect(lifetime.liveCount == 0)
      #expect(try child.join() == 0)
      let cancelled = local.withValue(Tracked(lifetime)) { GreenThread.spawn {} }
      cancelled.cancel()
      GreenThread.yield()
      #expect(lifetime.liveCount == 0)
    }
  }

  @Test func `a chain that binds and spawns keeps nothing of those before`() throws {
    let lifetime = Lifetime()
    let local = GreenThread.Local<Tracked?>(nil)
    try onVirtualTime {
      try withScope { scope in
        func spawnNext(_ left: Int) {
          if left == 0 { return #expect(lifetime.liveCount <= 2) }
          local.withValue(Tracked(lifetime)) { _ = scope.spawn { spawnNext(left - 1) } }
        }
        spawnNext(20_000)
      }
      #expect(lifetime.madeCount == 20_000)
    }
  }

  @Test func `a value's destructor may do what a green thread may`() throws {
    final class Parting: @unchecked Sendable {
      let log: EventLog
      init(_ log: EventLog) { self.log = log }
      deinit {
        GreenThread.yield()
        log.note("gone")
      }
    }
    let local = GreenThread.Local<Parting?>(nil)
    let log = EventLog()
    try onVirtualTime {
      try local.withValue(Parting(log)) { GreenThread.spawn { GreenThread.yield() } }.join()
    }
    #expect(log.entries == ["gone"])
  }
}
