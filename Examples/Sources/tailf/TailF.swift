// Prints new lines of files as they come, over rotation and truncation.
import ArgumentParser
import Drift
import FileFollower

@main struct TailF: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tailf",
    abstract: "Prints the last lines of files, and new ones as they come.",
    discussion: """
      A file may be replaced, truncated or made later; of a directory all files are followed. \
      INT and TERM end it.
      """)

  @Option(name: .customShort("n"), help: "How many lines of what is there already.")
  var lines = 10
  @Argument(help: "Files and directories.")
  var paths: [String]

  func validate() throws {
    if lines < 0 { throw ValidationError("-n takes a number from 0 on, not \(lines)") }
  }

  func run() throws {
    try Drift.run {
      try withGracefulShutdown { _ in
        do {
          let follower = try Follower(writingTo: standardOutput)
          for path in paths { try follower.add(RawString(path), lastLines: lines) }
          try follower.run()
        } catch let error as CoreError where error.code == .brokenPipe {
          // Whoever read what is printed has enough.
        }
      }
    }
  }
}
