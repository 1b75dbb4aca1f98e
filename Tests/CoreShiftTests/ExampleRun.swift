import CoreShift
import Testing

/// An example that was built beside these tests, running.
struct ExampleRun: ~Copyable {
  private var reactor: Reactor
  private(set) var running: RunningProcess

  /// Starts it, to be ended after a minute.
  init(_ name: String, _ arguments: [String]) throws {
    var options = SpawnOptions(
      [RawString(ExampleRun.directory + name)] + arguments.map { RawString($0) }, backend: .clone)
    options.standardInput = .null
    options.standardOutput = .pipe
    options.standardError = .standardOutput
    options.processGroup = .own
    var policy = RunPolicy()
    policy.timeout = .seconds(60)
    policy.onTimeout = .kill
    var reactor = try Reactor()
    var running = try RunningProcess(spawning: options, policy: policy)
    try running.register(with: &reactor)
    self.reactor = reactor
    self.running = running
  }

  /// Waits for its end.
  consuming func finish() throws -> ProcessOutput {
    var events: [Event] = []
    while try !running.pollCompletion(on: &reactor) {
      _ = try reactor.wait(into: &events, upTo: 64, for: running.timeUntilDeadline)
      for event in events { try running.handle(event, on: &reactor) }
    }
    return running.takeOutput()
  }

  /// Where the built products lie, with a slash behind it.
  private static let directory: String = {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
    let path = bundle ?? CommandLine.arguments[0]
    return String(path[...(path.lastIndex(of: "/") ?? path.startIndex)])
  }()
}

/// Connects, sends a line if there is one, and reads to the end; tried until somebody listens.
func ask(_ address: UnixAddress, _ line: String = "") throws -> String {
  let start = ContinuousClock.now
  while start.duration(to: .now) < .seconds(20) {
    do {
      guard let socket = try UnixSocket.connect(to: address) else { continue }
      if !line.isEmpty { _ = try Socket.send(Array("\(line)\n".utf8), to: socket) }
      var answer: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while try waitUntil(.reading, on: socket) {
        switch try Socket.receive(&buffer, from: socket) {
        case .bytes(let count): answer += buffer[..<count]
        case .wouldBlock: break
        case .end: return text(answer)
        }
      }
    } catch let error as CoreError where [.notFound, .connectionRefused].contains(error.code) {
      // Not yet there.
      var events: [Event] = []
      var reactor = try Reactor()
      _ = try reactor.wait(into: &events, upTo: 1, for: .milliseconds(5))
    }
  }
  throw Overdue()
}

/// A file of this package as text.
func packageText(_ path: String) throws -> String {
  let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  let file = try Fd(opening: RawString("/\(root)/\(path)"), for: .reading)
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while case .bytes(let count) = try file.read(into: &buffer) { bytes += buffer[..<count] }
  return text(bytes)
}
