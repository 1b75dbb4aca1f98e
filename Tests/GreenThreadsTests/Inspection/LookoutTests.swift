import Glibc
import GreenThreads
import Synchronization
import TestSupport
import Testing

/// Snapshots from another OS thread, of one that may hold any lock when it is stopped.
@Suite struct LookoutTests {
  /// Takes a thousand while `work` runs again and again on the scheduler's OS thread.
  ///
  /// - Returns: how many there were. Who waits for a lock that the held one has gets none, after a
  ///   second; who is not served within 200 ms on a busy machine neither.
  private static func snapshots(while work: @escaping (RemoteHandle) -> Void) throws -> Int {
    let taken = Atomic<Int>(0)
    try onOwnThread(within: .seconds(60)) {
      setBlocked(SIGURG, false)
      try run(on: VirtualTime()) {
        let remote = RemoteHandle()
        GreenThread.spawn(name: "sleeper") { try GreenThread.sleep(for: .seconds(60)) }
        GreenThread.yield()
        let isOver = Atomic<Bool>(false)
        let helper = HelperThread {
          for _ in 0..<1000 {
            let names = remote.snapshot()?.threads.map(\.name)
            if names == ["main", "sleeper"] { taken.add(1, ordering: .relaxed) }
          }
          isOver.store(true, ordering: .releasing)
        }
        while !isOver.load(ordering: .acquiring) { work(remote) }
        helper.join()
      }
    }
    return taken.load(ordering: .relaxed)
  }

  @Test(.disabled(if: isSanitized, "its allocator is another, and its signals come late"))
  func `a thousand while its OS thread allocates all return`() async {
    await #expect(processExitsWith: .success) {
      shareOneArena()
      let count = try LookoutTests.snapshots { _ in allocate() }
      #expect(count >= 900, "\(count) of 1000")
    }
  }

  @Test(.disabled(if: isThreadSanitized, "the sanitizer puts the signal off until a system call"))
  func `a thousand while its OS thread takes this library's locks all return`() async {
    await #expect(processExitsWith: .success) {
      let count = try LookoutTests.snapshots { remote in
        _ = OwnedThread.all
        remote.wake(WakeTicket())
      }
      #expect(count >= 900, "\(count) of 1000")
    }
  }
}

/// Has all OS threads that begin from here on share one arena of malloc, and so its lock.
private func shareOneArena() {
  typealias Option = @convention(c) (Int32, Int32) -> Int32
  // SAFETY: that is the function's type; M_ARENA_MAX is -8.
  let option = unsafe unsafeBitCast(dlsym(nil, "mallopt"), to: Option.self)
  #expect(option(-8, 1) == 1)
}

/// Takes memory from the arena, beyond what each OS thread keeps for itself, and gives it back.
@inline(never)
private func allocate() {
  for size in 1...16 {
    let block = unsafe malloc(2000 * size)
    unsafe free(block)
  }
}
