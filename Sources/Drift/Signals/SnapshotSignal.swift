public import CoreShift
public import GreenThreads
private import Synchronization

/// Runs `body`; each time `signal` comes meanwhile, writes what all green threads do into new files
/// of `directory`: `drift-PID-1.json` and `drift-PID-1.txt`, then `-2`, and so on.
///
/// Works also when the scheduler is stuck in a green thread that does not park: an OS thread waits
/// for the signal, stops the scheduler's own one for the moment of a look (see
/// ``/GreenThreads/RemoteHandle/snapshot(limit:)``), and writes. Call it before other OS threads
/// exist, because they inherit that the signal is blocked; SIGURG is unblocked. Parks only where
/// `body` does.
///
/// - Parameters:
///   - signal: what asks for a snapshot.
///   - directory: where the files go. Each has mode 0600, and none is written through a link or
///     over a file that is there.
///   - limit: how many green threads a snapshot describes at most.
///   - onResult: told on the writing OS thread of the JSON file written, or why it was not; nil
///     drops that.
///   - body: runs on the calling green thread.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; `CoreError` when the signal cannot be waited for;
///   ``/GreenThreads/ThreadUnavailable``.
@discardableResult
public func withSnapshots<Value>(
  on signal: Signal = .user2, into directory: String, limit: Int = 1_000,
  onResult: (@Sendable (Result<String, any Error>) -> Void)? = nil,
  _ body: () throws -> Value
) throws -> Value {
  let lookout = Lookout.current
  lookout.acceptLooks()
  let writer = try SnapshotWriter(signal, directory, lookout, limit, onResult)
  let thread = try OwnedThread.start(
    name: "drift-snapshots", purpose: "write a snapshot when signal \(signal.rawValue) comes"
  ) { writer.run() }
  defer {
    writer.stop()
    thread.join()
  }
  return try body()
}

/// What the OS thread of `withSnapshots` works with.
private final class SnapshotWriter: Sendable {
  private let signals: SignalDescriptor
  private let interrupter: Interrupter
  // SAFETY: after `init` it is used by the one OS thread that `run` is called on.
  nonisolated(unsafe) private var reactor: Reactor
  private let isStopped = Atomic(false)
  private let directory: String
  private let lookout: Lookout
  private let limit: Int
  private let onResult: (@Sendable (Result<String, any Error>) -> Void)?

  init(
    _ signal: Signal, _ directory: String, _ lookout: Lookout, _ limit: Int,
    _ onResult: (@Sendable (Result<String, any Error>) -> Void)?
  ) throws {
    signals = try SignalDescriptor([signal])
    interrupter = try Interrupter()
    unsafe reactor = try Reactor()
    self.directory = directory
    self.lookout = lookout
    self.limit = limit
    self.onResult = onResult
    _ = unsafe try reactor.register(signals.descriptor, for: .reading)
    _ = unsafe try reactor.register(interrupter)
  }

  func stop() {
    isStopped.store(true, ordering: .releasing)
    interrupter.interrupt()
  }

  func run() {
    var events: [Event] = []
    var number = 0
    while !isStopped.load(ordering: .acquiring) {
      do {
        _ = unsafe try reactor.wait(into: &events, upTo: 4, for: nil)
        // Until there is none: real-time signals queue, and one edge tells of them all.
        while try signals.take() != nil { onResult?(Result { try write(&number) }) }
      } catch {
        onResult?(.failure(error))
        return
      }
    }
  }

  /// Writes both files under the next number that is free.
  private func write(_ number: inout Int) throws -> String {
    guard let snapshot = lookout.capture(limit: limit) else {
      throw ResourceClosed("the scheduler, or its OS thread to signals,")
    }
    while true {
      number += 1
      let stem = "\(directory)/drift-\(ownProcessIdentifier)-\(number)"
      if try isWritten(snapshot, stem) { return stem + ".json" }
    }
  }

  /// False when there is a file of that name already, as there may be from an earlier process.
  private func isWritten(
    _ snapshot: SchedulerSnapshot, _ stem: String
  ) throws(CoreError) -> Bool {
    do {
      try snapshot.write(toNewFile: stem + ".json")
    } catch {
      if error.code == .alreadyExists { return false }
      throw error
    }
    do {
      try writeNewFile(stem + ".txt", snapshot.text())
    } catch {
      // The JSON stays alone, and both come again under a number that nobody has used.
      if error.code == .alreadyExists { return false }
      throw error
    }
    return true
  }
}

extension SchedulerSnapshot {
  /// Writes the JSON into a new file of mode 0600.
  ///
  /// Blocks the OS thread while the file system takes it. A file that could not be written whole
  /// stays.
  ///
  /// - Throws: ``/CoreShift/ErrorCode/alreadyExists`` when there is something at `path`, also a
  ///   link, which is not followed.
  public func write(toNewFile path: String) throws(CoreError) {
    try writeNewFile(path, json() + "\n")
  }
}

private func writeNewFile(_ path: String, _ text: String) throws(CoreError) {
  let file = try Fd(opening: RawString(path), for: .writing, .createNew, permissions: 0o600)
  var left = ArraySlice(text.utf8)
  while !left.isEmpty {
    // A regular file takes at least one byte, or says what is wrong.
    if case .bytes(let count) = try file.write(Array(left)) { left = left.dropFirst(count) }
  }
}
