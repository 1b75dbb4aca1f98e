// The code of the article "What you may not do while parked".
import GreenThreads

final class Connection {
  private var pending = [1, 2, 3]

  func send(_ item: Int) throws {
    try GreenThread.sleep(for: .milliseconds(item))
  }

  func flush() throws {
    while !pending.isEmpty {
      let item = pending.removeFirst()
      try send(item)
    }
  }
}

func spawnHungry(in scope: Scope) {
  scope.spawn(stackSize: 4 << 20) {
    print(describe(depth: 10_000))
  }
}

func describe(depth: Int) -> Int {
  depth == 0 ? 0 : 1 + describe(depth: depth - 1)
}

enum Trace {
  @TaskLocal static var request: Int?
}

func keepTaskLocals() throws {
  try run(on: VirtualTime(), taskLocals: .perThread) {
    try Trace.$request.withValue(7) {
      let child = GreenThread.spawn { Trace.request }
      try GreenThread.sleep(for: .seconds(1))
      print(try child.join() ?? 0)
    }
  }
}

try keepTaskLocals()
try run(on: VirtualTime()) {
  try Connection().flush()
  try withScope { spawnHungry(in: $0) }
}
