// The code of the article "Coming from async and await".
import Drift
import DriftAsync

struct Client: Sendable {
  func get(_ path: String) async throws -> String { "contents of \(path)" }
}

func callAsync(_ client: Client) throws -> String {
  let page = try withTimeout(.seconds(5)) {
    try awaiting { try await client.get("/index.html") }
  }
  return page
}

func callGreen(_ scheduler: RemoteHandle) async throws -> String {
  let listing = try await scheduler.run {
    try Command("ls", "-l").run(limit: 1 << 20).text
  }
  return listing
}

func goThereAndBack() throws -> String {
  let scheduler = RemoteHandle()
  return try awaiting { try await callGreen(scheduler) }
}

actor Ledger {
  private let executor: SchedulerExecutor
  private var balance = 0

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  init(on executor: SchedulerExecutor) {
    self.executor = executor
  }

  func deposit(_ amount: Int) -> Int {
    balance += amount
    return balance
  }
}

func useActor() throws -> Int {
  let ledger = Ledger(on: .current)
  return try awaiting { await ledger.deposit(5) }
}

func readSequence() throws -> [Int] {
  let numbers = AsyncStream<Int> { continuation in
    for number in 1...3 { continuation.yield(number) }
    continuation.finish()
  }
  return try awaiting {
    var all: [Int] = []
    for await number in numbers { all.append(number) }
    return all
  }
}

func work() throws {
  print(try callAsync(Client()), try useActor(), try readSequence())
  print(try goThereAndBack().isEmpty)
}

try Drift.run { try work() }
