// Numbers the lines of standard input, as a good member of a pipeline: it parks while there is
// nothing to do, leaves the pipes that it shares as they are, and ends quietly when its reader has.
import Drift
import Glibc

/// A line beyond that is no line that anybody numbers.
let longestLine = 1 << 20

/// Copies lines as they are, whatever bytes they have, each behind its number.
func numberLines(of input: some ReadableStream, to output: BufferedWriter) throws {
  var number = 0
  var line: [UInt8] = []
  func writeLine() throws {
    number += 1
    try output.write("\(number) ")
    try output.write(line)
    line.removeAll(keepingCapacity: true)
  }
  var chunk = [UInt8](repeating: 0, count: 16 << 10)
  while case let count = try input.read(into: &chunk), count > 0 {
    var rest = chunk[..<count]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      line += rest[...end]
      try writeLine()
      rest = rest[(end + 1)...]
    }
    line += rest
    if line.count > longestLine { throw LineTooLong(limit: longestLine) }
    // No whole line at the moment: whoever waits for those before gets them.
    try output.flush()
  }
  if line.isEmpty { return }
  line.append(UInt8(ascii: "\n"))
  try writeLine()
}

do {
  try run {
    let output = BufferedWriter(try standardOutput)
    do {
      try numberLines(of: try standardInput, to: output)
    } catch {
      // What was finished before is good.
      try output.flush()
      throw error
    }
    try output.flush()
  }
} catch let error as CoreError where error.code == .brokenPipe {
} catch {
  try run { try standardError.write("number-lines: \(error)\n") }
  exit(1)
}
