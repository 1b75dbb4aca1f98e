// The code of the article "Cancellation and deadlines".
import GreenThreads

struct Reply {}
struct Unreachable: Error {}

func ask(_ server: Int) throws -> Reply {
  try GreenThread.sleep(for: .milliseconds(40 * server))
  if server == 1 { throw Unreachable() }
  return Reply()
}

func askPatiently() throws -> Reply {
  try withTimeout(.milliseconds(100)) {
    while true {
      do {
        return try withTimeout(.milliseconds(30)) { try ask(3) }
      } catch is DeadlineExceeded {
        print("once more")
      }
    }
  }
}

func askAll() throws -> [Reply] {
  try withScope(deadline: .now.advanced(by: .seconds(1))) { scope in
    try joinAll((2...4).map { server in scope.spawn { try ask(server) } })
  }
}

func askFastest() throws -> Reply {
  try withScope { scope in
    let fastest = try joinAny((2...4).map { server in scope.spawn { try ask(server) } })
    scope.cancel()
    return fastest.result
  }
}

func askAnotherWhenSlow() throws -> Reply {
  try withScope { scope in
    let first = scope.spawn { try ask(2) }
    let second = scope.spawn(after: .milliseconds(50)) { try ask(3) }
    let fastest = try joinAny([first, second])
    scope.cancel()
    return fastest.result
  }
}

func askEightAtATime(_ servers: [Int]) throws {
  try withScope(limit: 8, isolatingFailures: { print("failed: \($0)") }) { scope in
    for server in servers { try scope.spawn { _ = try ask(server) } }
  }
}

func transfer() throws {
  defer {
    try? withCancellationShield {
      try withTimeout(.seconds(1)) { try GreenThread.sleep(for: .milliseconds(10)) }
    }
  }
  try GreenThread.sleep(for: .seconds(60))
}

try run(on: VirtualTime()) {
  do { _ = try askPatiently() } catch { print(error) }
  _ = try askAll()
  _ = try askFastest()
  _ = try askAnotherWhenSlow()
  try askEightAtATime(Array(1...20))
  try? withTimeout(.seconds(1)) { try transfer() }
}
