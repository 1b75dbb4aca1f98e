import TestSupport
import Testing

@testable import GreenThreads

@Suite struct StackTests {
  @Test(.disabled(if: isSanitized, "each stack costs the sanitizer a fake one"))
  func `a hundred thousand guarded stacks are a few mappings`() async {
    await #expect(processExitsWith: .success) {
      try onVirtualTime {
        let before = mappingCount()
        let osThreads = osThreadCount()
        var woken = 0
        try withScope { scope in
          for _ in 0..<100_000 {
            scope.spawn {
              try GreenThread.sleep(for: .seconds(1))
              woken += 1
            }
          }
          GreenThread.yield()
          #expect(GuardKind.current == .light)
          #expect(osThreadCount() == osThreads)
          let after = mappingCount()
          #expect(after < before + 60, "\(before) mappings became \(after)")
        }
        #expect(woken == 100_000)
      }
    }
  }

  @Test(.disabled(if: isSanitized, "the sanitizer's shadow memory comes on top"))
  func `a parked green thread takes a page of memory and its record`() async {
    await #expect(processExitsWith: .success) {
      try onVirtualTime {
        let count = 20_000
        try withScope { scope in
          let before = residentPageCount()
          for _ in 0..<count { scope.spawn { try GreenThread.sleep(for: .seconds(1)) } }
          GreenThread.yield()
          let used = residentPageCount() - before
          #expect(used >= count, "\(used) pages: they have no stacks")
          // Without the optimizer the frames alone go beyond the first.
          #if DEBUG
            let most = 2 * count + count / 4
          #else
            let most = count + count / 4
          #endif
          #expect(used < most, "\(used) pages for \(count)")
        }
      }
    }
  }

  @Test func `without light guards the stacks are guarded by mprotect`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      GuardKind.current = .mapping
      try onVirtualTime {
        let before = mappingCount()
        try withScope { scope in
          for _ in 0..<1000 { scope.spawn { try GreenThread.sleep(for: .seconds(1)) } }
          GreenThread.yield()
          // Each guard splits its slab's mapping.
          #expect(mappingCount() > before + 1000)
        }
        try withScope { scope in
          scope.spawn(name: "glutton") { _ = recurse(.max) }
        }
      }
    }
    #expect(text(result).contains("Stack overflow in green thread \"glutton\""))
  }

  @Test(arguments: [true, false])
  func `a stack that was made ready among many has its guard too`(inBatches: Bool) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [inBatches] in
      GuardKind.takesBatches = inBatches
      try onVirtualTime {
        try withScope { scope in
          for _ in 0..<500 { scope.spawn { try GreenThread.sleep(for: .seconds(60)) } }
          scope.spawn(name: "glutton") { _ = recurse(.max) }
        }
      }
    }
    #expect(text(result).contains("Stack overflow in green thread \"glutton\""))
  }

  @Test func `stacks above the water mark lose their pages, those unused for longest first`()
    async
  {
    expectTrimming()
    await #expect(processExitsWith: .success) {
      // As on a kernel that takes no advice for many at once.
      GuardKind.takesBatches = false
      StackTests().expectTrimming()
    }
  }

  private func expectTrimming() {
    var pool = StackPool(.standard)
    defer { pool.unmap() }
    let count = pool.waterMark + 200
    var stacks = unsafe [UnsafeMutableRawPointer]()
    for number in 0..<count {
      guard case .success(let stack) = unsafe pool.take() else {
        Issue.record("no stack")
        return
      }
      unsafe (stack + StackClass.standard.reservation - 8).storeBytes(of: number, as: Int.self)
      unsafe stacks.append(stack)
    }
    for index in 0..<count { unsafe pool.giveBack(stacks[index]) }
    #expect(pool.hasPagesToSpare)
    while pool.hasPagesToSpare { pool.trim() }
    // A page that is gone comes back as zeros.
    let kept = (0..<count).filter { index in
      unsafe (stacks[index] + StackClass.standard.reservation - 8).load(as: Int.self) == index
    }
    #expect(kept == [0] + Array(200..<count))
  }

  @Test func `a kernel that knows no light guards is found out by the first stack`() async {
    await #expect(processExitsWith: .success) {
      // MADV_GUARD_INSTALL is advice 102; EINVAL is what kernels before 6.13 answer.
      let unknown = RefusedCall(.madvise, with: 22, whereArgument: 2, is: 102)
      try withRefusedCalls([unknown]) {
        try onVirtualTime {
          try withScope { scope in
            scope.spawn { try GreenThread.sleep(for: .seconds(1)) }
            GreenThread.yield()
          }
        }
      }
      #expect(GuardKind.current == .mapping)
    }
  }

  @Test func `a kernel that takes no advice for many stacks at once gets it one by one`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      // ENOSYS is what kernels before 5.10 answer, EINVAL or EBADF those before 6.15.
      try withRefusedCalls([RefusedCall(.processMadvise, with: 38)]) {
        try onVirtualTime {
          try withScope { scope in
            for _ in 0..<500 { scope.spawn { try GreenThread.sleep(for: .seconds(60)) } }
            GreenThread.yield()
            if GuardKind.takesBatches || GuardKind.current != .light { return }
            scope.spawn(name: "glutton") { _ = recurse(.max) }
          }
        }
      }
    }
    #expect(text(result).contains("Stack overflow in green thread \"glutton\""))
  }

  @Test func `first pages that cannot be brought in together come when they are touched`() async {
    await #expect(processExitsWith: .success) {
      // MADV_POPULATE_WRITE is advice 23.
      let refused = RefusedCall(.processMadvise, with: 14, whereArgument: 3, is: 23)
      func sleepers() throws -> Int {
        try onVirtualTime {
          var woken = 0
          try withScope { scope in
            for _ in 0..<500 {
              scope.spawn {
                try GreenThread.sleep(for: .seconds(1))
                woken += 1
              }
            }
          }
          return woken
        }
      }
      let before = try sleepers()
      #expect(before == 500)
      let takesBatches = GuardKind.takesBatches
      try withRefusedCalls([refused]) {
        let woken = try sleepers()
        #expect(woken == 500)
      }
      #expect(GuardKind.takesBatches == takesBatches, "the guards were there all the same")
    }
  }

  @Test func `pages that cannot be given back together are given back one by one`() async {
    await #expect(processExitsWith: .success) {
      // MADV_DONTNEED is advice 4.
      let refused = RefusedCall(.processMadvise, with: 1, whereArgument: 3, is: 4)
      try withRefusedCalls([refused]) { StackTests().expectTrimming() }
    }
  }

  @Test func `an overflow names the green thread, its spawn site and its size`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        try withScope { scope in
          let glutton = scope.spawn(name: "glutton", stackSize: 409_600) { recurse(.max) }
          _ = try glutton.join()
        }
      }
    }
    let message = text(result)
    #expect(message.contains("Stack overflow in green thread \"glutton\""))
    #expect(message.contains("spawned at GreenThreadsTests/StackTests.swift:"))
    #expect(message.contains("its stack of 448 KiB is used up"))
    #expect(message.contains("stackSize:"))
  }

  @Test func `where mappings run out, the error names the kernel's limit`() async {
    await #expect(processExitsWith: .success) {
      GuardKind.current = .mapping
      // What mprotect answers when a guard would split a mapping too many.
      let refused = RefusedCall(.mprotect, with: 12, whereArgument: 2, is: 0)
      try withRefusedCalls([refused]) {
        let error = errorThrown { try run(on: VirtualTime()) {} } as? StackUnavailable
        #expect(error?.step == "guard" && error?.errno == 12)
        #expect(error?.description.contains("vm.max_map_count") == true, "\(error as Any)")
      }
    }
  }

  @Test func `a larger stack holds what a standard one cannot`() throws {
    try onVirtualTime {
      try withScope { scope in
        let child = scope.spawn(stackSize: 64 << 20) { recurse(50_000) }
        let depth = try child.join()
        #expect(depth == 50_001)
      }
    }
  }

  @Test func `a backtrace on a green thread ends at its entry`() throws {
    let depths = try onVirtualTime {
      try withScope { scope in
        try (0..<3).map { _ in
          try scope.spawn {
            GreenThread.yield()
            return backtraceDepth(upTo: 200)
          }.join()
        }
      }
    }
    #expect(depths.allSatisfy { $0 > 3 && $0 < 50 }, "\(depths)")
  }

  @Test(.disabled(if: isSanitized, "the sanitizer has taken most of the address space"))
  func `one for whom there is no stack fails, and its closure is destroyed`() async {
    await #expect(processExitsWith: .success) {
      let lifetime = Lifetime()
      var errors = 0
      var hasRun = 0
      try onVirtualTime {
        try withScope(isolatingFailures: { if $0 is StackUnavailable { errors += 1 } }) { scope in
          // Each reserves 64 GiB, of the 128 TiB that a process can address.
          for _ in 0..<2500 {
            let captured = Tracked(lifetime)
            scope.spawn(stackSize: 32 << 30) {
              _ = captured.number
              hasRun += 1
              try GreenThread.sleep(for: .seconds(1))
            }
          }
          scope.spawn { hasRun += 1 }
        }
        #expect(lifetime.liveCount == 0)
      }
      #expect(errors > 100)
      #expect(errors + hasRun == 2501)
    }
  }

  /// Calls `onFailure` once on behalf of a green thread for which there is no stack.
  private static func withoutStack(_ onFailure: @escaping () -> Void) throws {
    try onVirtualTime {
      var isFirst = true
      try withScope(isolatingFailures: { _ in
        if isFirst { onFailure() }
        isFirst = false
      }) { scope in
        for _ in 0..<2500 {
          scope.spawn(stackSize: 32 << 30) { try GreenThread.sleep(for: .seconds(1)) }
        }
      }
    }
  }

  @Test(.disabled(if: isSanitized, "the sanitizer has taken most of the address space"))
  func `a failure that there is no stack for is handled where all goes that does not wait`() async {
    await #expect(processExitsWith: .success) {
      let lock = Lock()
      let channel = Channel<String>(.unbounded)
      var started: UInt64 = 0
      try Self.withoutStack {
        lock.withLock { started = UInt64(Counters.current.spawned) }
        _ = channel.trySend("at \(Instant.now), cancelled: \(GreenThread.isCancelled)")
        GreenThread.spawn { _ = channel.trySend("spawned") }
        #expect(!GreenThread.isRunningOnOne)
        #expect(GreenThread.current.id > 2)
      }
      #expect(started >= 2500)
      #expect(channel.count == 2)
    }
  }

  @Test(
    .disabled(if: isSanitized, "the sanitizer has taken most of the address space"),
    arguments: ["yield", "sleep", "withScope"])
  func `waiting there traps`(_ operation: String) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [operation] in
      try Self.withoutStack {
        switch operation {
        case "yield": GreenThread.yield()
        case "sleep": try? GreenThread.sleep(for: .seconds(1))
        default: try? withScope { _ in }
        }
      }
    }
    #expect(text(result).contains("\(operation) parks, and was called for a green thread"))
  }

  @Test func `large stacks lose their pages from a smaller number on`() {
    var pool = StackPool(StackClass(holding: 16 << 20))
    defer { pool.unmap() }
    var stacks = unsafe [UnsafeMutableRawPointer]()
    for _ in 0..<20 {
      guard case .success(let stack) = unsafe pool.take() else {
        Issue.record("no stack")
        return
      }
      unsafe stacks.append(stack)
    }
    for index in 0..<20 { unsafe pool.giveBack(stacks[index]) }
    #expect(pool.hasPagesToSpare)
  }

  @Test(.enabled(if: isSanitized && !isThreadSanitized))
  func `AddressSanitizer finds an overflow in a frame of a green thread`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        try withScope { scope in
          scope.spawn {
            GreenThread.yield()
            _ = overflowStackBuffer(by: 1)
          }
          scope.spawn { GreenThread.yield() }
        }
      }
    }
    #expect(text(result).contains("stack-buffer-overflow"))
  }
}
