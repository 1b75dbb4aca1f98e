import GreenThreads
import TestSupport
import Testing

@Suite struct TaskLocalsTests {
  @TaskLocal static var request = 0
  @TaskLocal static var user = "nobody"
  @TaskLocal static var wide = SIMD8<Double>(repeating: 0)
  @TaskLocal static var tracked: Tracked?

  @Test func `shared, a binding shows through in other green threads`() throws {
    try onVirtualTime {
      try Self.$request.withValue(7) {
        let seen = try GreenThread.spawn { Self.request }.join()
        #expect(seen == 7)
      }
    }
  }

  @Test func `nobody else sees a binding, in whatever order they run`() throws {
    for seed in 0..<10 as Range<UInt64> {
      try onVirtualTime(order: .seeded(seed), taskLocals: .perThread) {
        try withScope { scope in
          for number in 1...20 {
            scope.spawn {
              #expect(Self.request == 0)
              try Self.$request.withValue(number) {
                for turn in 0..<10 {
                  try Self.$user.withValue("\(number) in turn \(turn)") {
                    try GreenThread.sleep(for: .milliseconds(1))
                    GreenThread.yield()
                    #expect(Self.user == "\(number) in turn \(turn)")
                  }
                  #expect(Self.request == number)
                  #expect(Self.user == "nobody")
                }
              }
              GreenThread.yield()
              #expect(Self.request == 0)
            }
          }
        }
      }
    }
  }

  @Test func `children inherit what their spawner has bound, for their whole life`() throws {
    try onVirtualTime(taskLocals: .perThread) {
      try withScope { outer in
        let child = Self.$request.withValue(1) {
          Self.$request.withValue(7) {
            Self.$user.withValue("ada") {
              Self.$wide.withValue(SIMD8(repeating: 0.5)) {
                outer.spawn {
                  try GreenThread.sleep(for: .seconds(1))
                  #expect(Self.wide == SIMD8(repeating: 0.5))
                  let grandchild = GreenThread.spawn { (Self.request, Self.user) }
                  return try Self.$user.withValue("eve") { try grandchild.join() }
                }
              }
            }
          }
        }
        #expect(Self.request == 0)
        let (request, user) = try child.join()
        #expect(request == 7)
        #expect(user == "ada")
      }
    }
  }

  @Test func `what is bound around run is inherited, and there again afterwards`() throws {
    try onOwnThread {
      try Self.$user.withValue("ada") {
        try run(on: VirtualTime(), taskLocals: .perThread) {
          #expect(Self.user == "ada")
          try Self.$user.withValue("eve") {
            let child = GreenThread.spawn {
              try GreenThread.sleep(for: .seconds(1))
              return Self.user
            }
            let seen = try child.join()
            #expect(seen == "eve")
          }
        }
        #expect(Self.user == "ada")
      }
      #expect(Self.user == "nobody")
    }
  }

  @Test func `inherited values are destroyed with the last that has them`() throws {
    let lifetime = Lifetime()
    try onVirtualTime(taskLocals: .perThread) {
      try withScope { scope in
        Self.$tracked.withValue(Tracked(lifetime)) {
          for _ in 0..<10 {
            scope.spawn { try GreenThread.sleep(for: .seconds(1)) }
          }
          // This one never begins.
          scope.spawn { Issue.record("it was cancelled before") }.cancel()
        }
        try GreenThread.sleep(for: .milliseconds(1))
        #expect(lifetime.liveCount == 1)
        try GreenThread.sleep(for: .seconds(2))
        #expect(lifetime.liveCount == 0)
      }
    }
    #expect(lifetime.liveCount == 0)
  }

  @Test func `they are kept apart beside a shared list of accesses, too`() throws {
    try onVirtualTime(exclusivity: .shared, taskLocals: .perThread) {
      let child = Self.$request.withValue(3) {
        GreenThread.spawn {
          GreenThread.yield()
          return Self.request
        }
      }
      let seen = try child.join()
      #expect(seen == 3)
      #expect(Self.request == 0)
    }
  }

  @Test func `two schedulers on two OS threads do not mix theirs`() throws {
    try onVirtualTime(taskLocals: .perThread) {
      try Self.$request.withValue(1) {
        try onVirtualTime(taskLocals: .perThread) {
          #expect(Self.request == 0)
          try Self.$request.withValue(2) {
            try GreenThread.sleep(for: .seconds(1))
            #expect(Self.request == 2)
          }
        }
        #expect(Self.request == 1)
      }
    }
  }

  @Test func `what a task's job spawns inherits nothing, and the task keeps its own`() throws {
    try onVirtualTime(taskLocals: .perThread) {
      let inherited = Guarded<Int?>(nil)
      Self.$request.withValue(7) {
        _ = Task.immediate { @Sendable in
          Self.$request.withValue(8) {
            GreenThread.spawn { inherited.withLock { $0 = Self.request } }
            #expect(Self.request == 8)
          }
          #expect(Self.request == 7)
        }
        #expect(Self.request == 7)
      }
      GreenThread.yield()
      #expect(inherited.withLock { $0 } == 0)
    }
  }

  @Test func `in a Swift task run refuses, and nothing has begun`() async {
    #expect(throws: TaskLocalsUnavailable.self) {
      try run(on: VirtualTime(), taskLocals: .perThread) { Issue.record("it ran") }
    }
  }
}
