import Glibc
import GreenThreads
import Synchronization
import TestSupport
import Testing

/// Snapshots from another OS thread, of one that may hold any lock when it is stopped.
@Suite struct LookoutTests {
  /// Takes a thousand while `work` runs again and again on the scheduler's OS thread.
  ///
  /// - Parameter work: is given the address of memory that the looking OS thread has allocated.
  /// - Returns: how many there were. Who waits for a lock that the held one has gets none, after a
  ///   second; who is not served within 200 ms on a busy machine neither.
  /// - Throws: what `run` throws.
  private static func snapshots(
    while work: @escaping (RemoteHandle, inout UInt) -> Void
  ) throws -> Int {
    let taken = Atomic<Int>(0)
    try onOwnThread(within: .seconds(60)) {
      setBlocked(SIGURG, false)
      try run(on: VirtualTime()) {
        let remote = RemoteHandle()
        GreenThread.spawn(name: "sleeper") { try GreenThread.sleep(for: .seconds(60)) }
        GreenThread.yield()
        let isOver = Atomic<Bool>(false)
        let block = Atomic<UInt>(0)
        let helper = HelperThread {
          block.store(resized(0, to: 2000), ordering: .releasing)
          for _ in 0..<1000 {
            let names = remote.snapshot()?.threads.map(\.name)
            if names == ["main", "sleeper"] { taken.add(1, ordering: .relaxed) }
          }
          isOver.store(true, ordering: .releasing)
        }
        while block.load(ordering: .acquiring) == 0 {}
        var memory = block.load(ordering: .relaxed)
        while !isOver.load(ordering: .acquiring) { work(remote, &memory) }
        helper.join()
        unsafe free(UnsafeMutableRawPointer(bitPattern: memory))
      }
    }
    return taken.load(ordering: .relaxed)
  }

  @Test(.disabled(if: isSanitized, "its allocator is another, and its signals come late"))
  func `a thousand while its OS thread allocates all return`() async {
    await #expect(processExitsWith: .success) {
      // Memory that the looking OS thread has allocated, and with it the lock of its arena.
      let count = try LookoutTests.snapshots { _, memory in
        churn(&memory)
      }
      #expect(count >= 900, "\(count) of 1000")
    }
  }

  @Test(.disabled(if: isThreadSanitized, "the sanitizer puts the signal off until a system call"))
  func `a thousand while its OS thread takes this library's locks all return`() async {
    await #expect(processExitsWith: .success) {
      let count = try LookoutTests.snapshots { remote, _ in
        _ = OwnedThread.all
        remote.wake(WakeTicket())
      }
      #expect(count >= 900, "\(count) of 1000")
    }
  }
}

/// Lets memory grow and shrink a thousand times, with little else.
@inline(never)
private func churn(_ memory: inout UInt) {
  var block = unsafe UnsafeMutableRawPointer(bitPattern: memory)
  var turn = 0
  while turn < 1000 {
    unsafe block = realloc(block, turn & 1 == 0 ? 60_000 : 2000)
    turn &+= 1
  }
  memory = UInt(bitPattern: block)
}

/// What `realloc` makes of memory, as addresses.
@inline(never)
private func resized(_ memory: UInt, to size: Int) -> UInt {
  UInt(bitPattern: unsafe realloc(UnsafeMutableRawPointer(bitPattern: memory), size))
}
