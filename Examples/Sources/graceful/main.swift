// A graceful end: the first INT or TERM cancels the work, which cleans up behind itself; a second
// one ends the process at once, whatever it does then.
import Drift
import Glibc

/// `slow` shows a clean-up that takes a minute, `stuck` one that neither ends nor parks.
let cleanUp = CommandLine.arguments.dropFirst().first ?? "quick"

func say(_ text: String) {
  print(text)
  // At once, also into a pipe.
  fflush(nil)
}

func work() throws {
  defer {
    say("cleaning up")
    if cleanUp == "slow" {
      withCancellationShield { try? GreenThread.sleep(for: .seconds(60)) }
    }
    while cleanUp == "stuck" {}
  }
  say("working")
  while true { try GreenThread.sleep(for: .seconds(1)) }
}

try Drift.run {
  try withGracefulShutdown { shutdown in
    shutdown.scope.spawn(name: "worker") { try work() }
    try shutdown.wait()
  }
}
say("ended")
