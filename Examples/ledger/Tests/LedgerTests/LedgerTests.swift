import Drift
import Testing

@Suite struct LedgerTests {
  /// The program that was built beside these tests.
  private static let program: RawString = {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
    let path = bundle ?? CommandLine.arguments[0]
    return RawString(path[...(path.lastIndex(of: "/") ?? path.startIndex)] + "ledger")
  }()

  /// Starts it on a database in `directory`, talks to it, and ends it by TERM.
  private func serve(
    in directory: RawString, _ body: (_ ask: @escaping (String) throws -> String) throws -> Void
  ) throws {
    var command = Command(Self.program, "ledger.db", "0")
    command.workingDirectory = directory
    command.standardError = .inherit
    let child = try command.start()
    defer { child.kill() }
    try withTimeout(.seconds(60)) {
      let line = try child.standardOutput.readLine()
      let port = try #require(line?.split(separator: ":").last.flatMap { UInt16($0) })
      try body { lines in
        let stream = try TCPStream(connect: SocketAddress(ip: "127.0.0.1", port: port))
        defer { stream.close() }
        try stream.write(lines)
        try stream.shutdownWrite()
        return String(decoding: try stream.readAll(limit: 10_000), as: UTF8.self)
      }
      child.requestEnd()
      let status = try child.wait().status
      #expect(status == .exited(code: 0))
    }
  }

  @Test func `what is added is summed up, also by the next one that is started`() throws {
    try Drift.run {
      try withTemporaryDirectory { directory in
        try serve(in: directory) { ask in
          let sums = try ask("add coffee 3\nadd tea 2\ntotal\n")
          #expect(sums == "1\n2\n5\n")
          let usage = try ask("add coffee\n")
          #expect(usage == "add WHAT PRICE, or total\n")
          let remark = try ask("add tea x\n")
          #expect(remark == "a price is a number\n")
        }
        try serve(in: directory) { ask in
          let sums = try ask("add milk 1\ntotal\n")
          #expect(sums == "3\n6\n")
        }
      }
    }
  }

  @Test func `clients that come together have each entry counted once`() throws {
    try Drift.run {
      try withTemporaryDirectory { directory in
        try serve(in: directory) { ask in
          try withScope { scope in
            for _ in 0..<20 {
              scope.spawn { _ = try ask(String(repeating: "add tea 1\n", count: 10)) }
            }
          }
          let sum = try ask("total\n")
          #expect(sum == "200\n")
        }
      }
    }
  }
}
