import Drift

/// Serves connections that do whatever connections do, and accounts for each of them.
///
/// The clients run in a process of their own, because both ends need more descriptors than one
/// has. Ends the program with 1 if anything is not as it should be.
func soak(seconds: Int, connections: Int) throws {
  var complaints: [String] = []
  let openedBefore = try DescriptorCensus().count
  var server = SoakServer()
  let clients = try run {
    // All of 127.0.0.0/8: one pair of addresses would run out of ports.
    let listener = try TCPListener(bind: "0.0.0.0", port: 0, backlog: 4096)
    return try server.run(listener, connections, seconds)
  }
  for line in clients.split(separator: "\n") { print("client \(line)") }
  let told = SoakReport(parsing: clients)
  print("server accepted \(server.accepted)")
  print("server failures \(server.failures.values.reduce(0, +))", server.failures)
  print("server resident", server.resident)
  if told.unexpected != 0 { complaints.append("clients met \(told.unexpected) errors") }
  if told.connected != server.accepted {
    complaints.append("\(told.connected) connected, \(server.accepted) accepted")
  }
  let strange = server.failures.filter { !["ECONNRESET", "EPIPE"].contains($0.key) }
  if !strange.isEmpty { complaints.append("errors that nobody has caused: \(strange)") }
  let failed = server.failures.values.reduce(0, +)
  if failed > told.rude { complaints.append("\(failed) failures of \(told.rude) rude clients") }
  if server.cutShort != 0 { complaints.append("\(server.cutShort) connections never ended") }
  let leaked = try DescriptorCensus().count - openedBefore
  if leaked != 0 { complaints.append("\(leaked) descriptors are still open") }
  if let growth = server.growth { complaints.append(growth) }
  for complaint in complaints { print("soak: \(complaint)") }
  print("soak:", complaints.isEmpty ? "passed" : "failed")
  exitProcess(complaints.isEmpty ? 0 : 1)
}

/// What the server has seen.
private struct SoakServer {
  var accepted = 0
  var failures: [String: Int] = [:]
  var cutShort = 0
  /// Resident bytes after each tenth of the time.
  var resident: [Int] = []

  /// Serves until the clients have ended; what they have printed.
  mutating func run(_ listener: TCPListener, _ connections: Int, _ seconds: Int) throws -> String {
    let counts = SoakCounts()
    let output = try withScope { scope in
      let serving = scope.spawn {
        try listener.serve(
          limit: connections + connections / 4, draining: .seconds(20),
          onFailure: { counts.note($0) }
        ) { stream in
          counts.accepted += 1
          try echo(stream)
        }
      }
      scope.spawn {
        for _ in 0..<10 {
          try GreenThread.sleep(for: .milliseconds(seconds * 100))
          counts.resident.append(memoryInUse().resident)
        }
      }
      let clients = try Command(
        "/proc/self/exe", "soak-clients", "\(listener.localAddress.port)", "\(seconds)",
        "\(connections)"
      ).output(limit: 1 << 20)
      print("clients ended:", clients.status)
      listener.stop()
      counts.cutShort = try serving.join()
      return String(decoding: clients.standardOutput, as: UTF8.self)
    }
    accepted = counts.accepted
    failures = counts.failures
    cutShort = counts.cutShort
    resident = counts.resident
    return output
  }

  /// What has grown in the second half of the time, where the load is the same as in the first.
  var growth: String? {
    guard resident.count == 10 else { return "no figures about memory" }
    let early = resident[2...4].max() ?? 0
    let late = resident[7...9].min() ?? 0
    return late > early + early / 10 + (4 << 20) ? "memory has grown: \(resident)" : nil
  }
}

/// Shared by the green threads of the server.
private final class SoakCounts {
  var accepted = 0
  var cutShort = 0
  var failures: [String: Int] = [:]
  var resident: [Int] = []

  func note(_ error: any Error) {
    let name = (error as? CoreError)?.code.name ?? "\(error)"
    failures[name, default: 0] += 1
  }
}

/// What the clients have counted, as lines of a name and a number.
struct SoakReport {
  var connected = 0
  /// Endings that may be an error on the other side.
  var rude = 0
  var unexpected = 0

  init() {}

  init(parsing text: String) {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 2, let number = Int(words[1]) else { continue }
      switch words[0] {
      case "connected": connected = number
      case "rude": rude = number
      case "unexpected": unexpected = number
      default: break
      }
    }
  }
}
