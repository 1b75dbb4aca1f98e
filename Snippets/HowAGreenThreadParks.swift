// The code of the article "How a green thread parks".
import GreenThreads

/// Closed at first; whoever comes before it is opened waits.
final class Latch {
  private var isOpen = false
  private var waiting: [WakeTicket] = []

  func pass() throws {
    try GreenThread.checkCancellation()
    if isOpen { return }
    let ticket = WakeTicket()
    waiting.append(ticket)
    try GreenThread.park(ticket, for: ParkReason("for a latch"))
  }

  func open() {
    isOpen = true
    for ticket in waiting { ticket.wake() }
    waiting = []
  }
}

func useLatch() throws {
  try run(on: VirtualTime()) {
    let latch = Latch()
    try withScope { scope in
      for number in 1...3 {
        scope.spawn {
          try latch.pass()
          print("\(number) has passed")
        }
      }
      try GreenThread.sleep(for: .seconds(3600))
      latch.open()
    }
  }
}

func passWithin(_ timeout: Duration, _ waiting: inout [WakeTicket]) throws {
  let ticket = WakeTicket()
  waiting.append(ticket)
  let deadline = Instant.now.advanced(by: timeout)
  let cause = try GreenThread.park(ticket, for: ParkReason("for a latch"), until: deadline)
  if cause == .deadline { throw DeadlineExceeded(deadline: deadline) }
}

try useLatch()
