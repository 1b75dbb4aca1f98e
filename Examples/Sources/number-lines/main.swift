// Numbers the lines of standard input, as a good member of a pipeline: it parks while there is
// nothing to do, leaves the pipes that it shares as they are, and ends quietly when its reader has.
import Drift
import Glibc

do {
  try run {
    let input = BufferedReader(try standardInput)
    let output = BufferedWriter(try standardOutput)
    var number = 0
    while let line = try input.readLine() {
      number += 1
      try output.write("\(number) \(line)\n")
      // Nothing more at the moment: whoever waits for the answer gets it.
      if input.bufferedCount == 0 { try output.flush() }
    }
    try output.flush()
  }
} catch let error as CoreError where error.code == .brokenPipe {
} catch {
  try run { try standardError.write("number-lines: \(error)\n") }
  exit(1)
}
