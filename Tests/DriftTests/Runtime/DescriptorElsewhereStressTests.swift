import CoreShift
import Drift
import Glibc
import GreenThreads
import Synchronization
import TestSupport
import Testing

/// Streams, watches and children that are sent to another OS thread and end there at any moment,
/// also while their loop ends: each is closed once, and no number stays open.
@Suite struct DescriptorElsewhereStressTests {
  /// How many loops come and go, in half a second on an idle machine.
  private static let loops = 200

  @Test func `what is sent away is closed once, at whatever moment, also while its loop ends`()
    throws
  {
    let seed = UInt64.random(in: 1...1_000_000)
    try withOwnDescriptors {
      let before = openNumbers()
      let mail = Guarded<[Parcel]>([])
      let isOver = Atomic(false)
      let closer = HelperThread { Self.close(mail, until: isOver) }
      var random = SeededGenerator(seed: seed)
      var pids: [Int32] = []
      for loop in 0..<Self.loops {
        try Drift.run {
          for _ in 0..<Int.random(in: 1...6, using: &random) {
            try send(to: mail, &random)
            if Bool.random(using: &random) { GreenThread.yieldToEvents() }
          }
          if loop % 16 == 0 {
            let child = try Command("sleep", "600").start()
            pids.append(child.pid)
            mail.withLock { $0.append(Parcel(child: child)) }
          }
          if loop % 4 == 0 { try GreenThread.sleep(for: .microseconds(200)) }
        }
      }
      isOver.store(true, ordering: .releasing)
      closer.join()
      #expect(eventually { pids.allSatisfy { !isAlive($0) } }, "seed \(seed)")
      // A drop waits for 100 ms, in which a busy machine may not get to end what was killed.
      for pid in pids where isChild(pid) { while waitpid(pid, nil, 0) < 0, errno == EINTR {} }
      #expect(openNumbers() == before, "seed \(seed)")
    }
  }

  /// Sends one end of a pair away, or a watch, while events come for it.
  private func send(
    to mail: borrowing Guarded<[Parcel]>, _ random: inout SeededGenerator
  ) throws {
    switch Int.random(in: 0..<8, using: &random) {
    case 0:
      let watch = try FileWatch("/tmp")
      mail.withLock { $0.append(Parcel(watch: watch)) }
    case 1:
      let (reader, writer) = try makePipe()
      GreenThread.spawn { _ = try? writer.write([1]) }
      mail.withLock { $0.append(Parcel(descriptor: reader)) }
    default:
      let (sent, kept) = try UnixStream.pair()
      try kept.write("unread")
      mail.withLock { $0.append(Parcel(stream: sent)) }
      // Its hang-up is an event for the other end, wherever that is by now.
      if Bool.random(using: &random) { kept.close() }
    }
  }

  /// Closes one and lets go of the next, as they come.
  private static func close(
    _ mail: borrowing Guarded<[Parcel]>, until isOver: borrowing Atomic<Bool>
  ) {
    var number = 0
    while true {
      let isLast = isOver.load(ordering: .acquiring)
      let parcels = mail.withLock { parcels in
        defer { parcels = [] }
        return parcels
      }
      for parcel in parcels {
        number += 1
        if number % 2 == 0 { parcel.close() }
      }
      if parcels.isEmpty {
        if isLast { return }
        sched_yield()
      }
    }
  }

  /// Which numbers below 256 are open.
  private func openNumbers() -> [Int32] { (0..<256).filter(isOpen) }
}

/// The only reference to something that goes to another OS thread.
// SAFETY: who has made it has sent it away, and one OS thread has it at a time.
private final class Parcel: @unchecked Sendable {
  private let stream: UnixStream?
  private let descriptor: Descriptor?
  private let watch: FileWatch?
  private let child: ChildProcess?

  init(
    stream: UnixStream? = nil, descriptor: Descriptor? = nil, watch: FileWatch? = nil,
    child: ChildProcess? = nil
  ) {
    (self.stream, self.descriptor, self.watch, self.child) = (stream, descriptor, watch, child)
  }

  /// A child ends when nobody has it any more.
  func close() {
    stream?.close()
    descriptor?.close()
    watch?.close()
  }
}
