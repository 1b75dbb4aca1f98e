internal import CGreenThreads
internal import Synchronization

/// A sleep that another OS thread ends; an end that comes first is kept.
final class Interruption: Sendable {
  private let word = Atomic<UInt32>(0)

  func sleep() {
    while word.exchange(0, ordering: .acquiring) == 0 {
      unsafe cgreenthreads_futex_wait(address, 0)
    }
  }

  /// Sleeps for at most `duration`; whether it was interrupted.
  func sleep(for duration: Duration) -> Bool {
    if word.exchange(0, ordering: .acquiring) != 0 { return true }
    unsafe cgreenthreads_futex_wait_for(address, 0, max(0, duration.wholeNanoseconds))
    return word.exchange(0, ordering: .acquiring) != 0
  }

  func interrupt() {
    if word.exchange(1, ordering: .releasing) == 0 { unsafe cgreenthreads_futex_wake(address) }
  }

  // SAFETY: an Atomic has one address for its whole life, and its storage is the number itself.
  private var address: UnsafePointer<UInt32> {
    unsafe withUnsafePointer(to: word) {
      unsafe UnsafeRawPointer($0).assumingMemoryBound(to: UInt32.self)
    }
  }
}
