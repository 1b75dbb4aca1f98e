import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

/// Runs `body` as the first green thread of a scheduler with descriptors, on an OS thread of its
/// own, under the watchdog.
func onDrift<Value>(
  within limit: Duration = .seconds(30), order: Order = .fifo,
  offloading limits: OffloadLimits = OffloadLimits(),
  file: StaticString = #fileID, line: UInt = #line, _ body: () throws -> Value
) throws -> Value {
  try onOwnThread(within: limit, file: file, line: line) {
    try Drift.run(order: order, offloading: limits, body)
  }
}

/// Runs `body` as ``onDrift(within:order:offloading:file:line:_:)`` does, with descriptors of its
/// own: a number that is closed there is nobody else's a moment later.
func onDriftWithOwnDescriptors(_ body: () throws -> Void) throws {
  try withOwnDescriptors { try Drift.run(body) }
}

/// The processor time that the calling OS thread has used.
func threadTime() -> Duration {
  var time = timespec()
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

/// How many turns of the loop `body` takes: what spins takes thousands in a tenth of a second, on
/// whatever machine, and what waits a handful.
func turns(during body: () throws -> Void) rethrows -> Int {
  let before = Counters.current.turns
  try body()
  return Counters.current.turns - before
}

/// In which the slowest machine starts a shell, so that it has set its traps and said its first
/// word when its time is over.
let timeToStart = Duration.seconds(2)

/// How long `body` takes.
func elapsed(_ body: () throws -> Void) rethrows -> Duration {
  let start = ContinuousClock.now
  try body()
  return start.duration(to: .now)
}

/// What `body` returns, and how long it takes.
func measured<Value>(_ body: () throws -> Value) rethrows -> (Value, Duration) {
  let start = ContinuousClock.now
  let value = try body()
  return (value, start.duration(to: .now))
}

/// A pipe whose ends green threads can wait for.
func makePipe() throws -> (reader: Descriptor, writer: Descriptor) {
  let pipe = try Pipe()
  let reader = pipe.readEnd
  let writer = pipe.writeEnd
  return (try Descriptor(adopting: reader), try Descriptor(adopting: writer))
}

/// A connected pair of Unix stream sockets, non-blocking.
func makeSocketPair() throws -> (Int32, Int32) {
  var ends: [Int32] = [-1, -1]
  let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
  try #require(unsafe socketpair(AF_UNIX, type, 0, &ends) == 0)
  return (ends[0], ends[1])
}

/// Reads until the end.
func readAll(_ descriptor: Descriptor) throws -> [UInt8] {
  var all: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while case let count = try descriptor.read(into: &buffer), count > 0 {
    all.append(contentsOf: buffer[..<count])
  }
  return all
}

/// One read of at most 64 KiB, as text.
func readText(_ stream: some ReadableStream) throws -> String {
  var buffer = [UInt8](repeating: 0, count: 64 << 10)
  let count = try stream.read(into: &buffer)
  return String(decoding: buffer[..<count], as: UTF8.self)
}

/// The same bytes for the same seed.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
  var state = seed
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 33)
  }
}

/// Whether `number` is open in this process.
func isOpen(_ number: Int32) -> Bool {
  fcntl(number, F_GETFD) >= 0
}
