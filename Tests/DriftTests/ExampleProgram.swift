import CoreShift
import Drift

/// A command that starts an example which was built beside these tests.
func exampleProgram(_ name: String, _ arguments: RawString...) -> Command {
  let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
  let directory = bundle[...(bundle.lastIndex(of: "/") ?? bundle.startIndex)]
  return Command(RawString(String(directory) + name), arguments: arguments)
}
