import CoreShift
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// Each way in which a child can come to be.
struct SpawnWay: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let backend: SpawnBackend
  let withoutClone3: Bool
  /// Whether the parent reads its dispositions, or the child.
  var asksBeforehand = false
  /// Whether the parent goes on while the child comes to its exec.
  var isNotSuspended = false

  static let all = [
    SpawnWay(testDescription: "clone3", backend: .clone, withoutClone3: false),
    SpawnWay(testDescription: "clone", backend: .clone, withoutClone3: true),
    SpawnWay(
      testDescription: "clone3, asked before", backend: .clone, withoutClone3: false,
      asksBeforehand: true),
    SpawnWay(
      testDescription: "clone, asked before", backend: .clone, withoutClone3: true,
      asksBeforehand: true),
    SpawnWay(
      testDescription: "clone3, not suspended", backend: .clone, withoutClone3: false,
      isNotSuspended: true),
    SpawnWay(
      testDescription: "clone, not suspended", backend: .clone, withoutClone3: true,
      isNotSuspended: true),
    SpawnWay(testDescription: "fork", backend: .fork, withoutClone3: false),
    SpawnWay(testDescription: "posix_spawn", backend: .posixSpawn, withoutClone3: false),
  ]

  /// Those whose child is our own code.
  static let own =
    all.filter { $0.backend != .posixSpawn } + [
      SpawnWay(testDescription: "fork by clone", backend: .fork, withoutClone3: true)
    ]

  /// What an error of the child's exec names.
  var execStep: String { backend == .posixSpawn ? "posix_spawn" : "execveat" }

  func options(_ arguments: [RawString]) -> SpawnOptions {
    var options = SpawnOptions(arguments, backend: backend)
    options.standardInput = .null
    options.asksBeforehand = asksBeforehand
    options.withoutClone3 = withoutClone3
    options.isNotSuspended = isNotSuspended
    return options
  }
}

struct Captured {
  var outputBytes: [UInt8] = []
  var errorBytes: [UInt8] = []
  var status = ExitStatus.unknown
  var output: String { String(decoding: outputBytes, as: UTF8.self) }
  var error: String { String(decoding: errorBytes, as: UTF8.self) }
}

func capture(_ arguments: [RawString], _ way: SpawnWay) throws -> Captured {
  try capture(way.options(arguments))
}

/// Runs to the end with both outputs on pipes, by blocking reads, one after the other: for
/// children that write less than a pipe holds.
func capture(_ options: SpawnOptions) throws -> Captured {
  var options = options
  options.standardOutput = .pipe
  if options.standardError == .inherit { options.standardError = .pipe }
  var spawned = try options.spawn()
  var captured = Captured()
  if let output = spawned.standardOutput.take() { captured.outputBytes = try readAll(output) }
  if let error = spawned.standardError.take() { captured.errorBytes = try readAll(error) }
  captured.status = try spawned.process.waitExit(for: .seconds(20))?.status ?? .unknown
  return captured
}

func readAll(_ descriptor: borrowing Fd) throws -> [UInt8] {
  try descriptor.setBlockingMode(.blocking)
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while case .bytes(let count) = try descriptor.read(into: &buffer) {
    bytes += buffer[..<count]
  }
  return bytes
}

struct NotAPipe: Error {}

/// What `#require` does for values that can be copied.
func owned(_ descriptor: consuming Fd?) throws -> Fd {
  guard let descriptor else { throw NotAPipe() }
  return descriptor
}

/// The error that a spawn must throw; a process that was started nevertheless is ended and reaped.
func failure(of options: SpawnOptions) -> CoreError? {
  do {
    var spawned = try options.spawn()
    try? spawned.process.kill()
    _ = try? spawned.process.waitExit(for: .seconds(20))
    return nil
  } catch {
    return error
  }
}

/// A process that was handed from one OS thread to another.
final class Handed: Sendable {
  let process = Mutex<SpawnedProcess?>(nil)
}

/// Whether this process may do everything to its children.
var isPrivileged: Bool { geteuid() == 0 }
