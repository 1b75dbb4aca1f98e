// The code of the article "Finding a bug with a seed".
import GreenThreads

final class Account {
  private(set) var balance = 100

  func withdraw(_ amount: Int) {
    guard balance >= amount else { return }
    GreenThread.yield()
    balance -= amount
  }
}

struct Overdrawn: Error {}

func checkAccount() throws {
  try runUnderSeeds(0..<200) {
    let account = Account()
    try withScope { scope in
      scope.spawn { account.withdraw(70) }
      scope.spawn {
        GreenThread.yield()
        account.withdraw(60)
      }
    }
    if account.balance < 0 { throw Overdrawn() }
  }
}

func replay() throws {
  try run(on: VirtualTime(), order: .seeded(17)) {
    let account = Account()
    account.withdraw(70)
  }
}

func serveInAnyOrder() throws {
  try run(on: VirtualTime(), order: .anySeed()) { GreenThread.yield() }
}

func moveTheClock() throws {
  let time = VirtualTime(.byHand)
  try run(on: time) {
    try withScope { scope in
      let sleeper = scope.spawn { try GreenThread.sleep(for: .seconds(60)) }
      GreenThread.yield()
      time.advance(by: .seconds(59))
      GreenThread.yield()
      precondition(!sleeper.isFinished)
      time.advance(by: .seconds(1))
      try sleeper.join()
    }
  }
}

do { try checkAccount() } catch { print(error) }
try replay()
try serveInAnyOrder()
try moveTheClock()
