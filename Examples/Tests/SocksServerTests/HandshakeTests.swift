import Drift
import Testing

@testable import SocksServer

@Suite struct HandshakeTests {
  /// What the server understands of a client's bytes, and what it answers.
  private func outcome(
    of bytes: [UInt8]
  ) throws -> (result: Result<Destination, any Error>, answer: [UInt8]) {
    try GreenThreads.run(on: VirtualTime()) {
      let (client, server) = MemoryStream.pair()
      try client.write(bytes)
      try client.shutdownWrite()
      let result = Result { try Handshake.receive(from: server) }
      try server.shutdownWrite()
      return (result, try client.readAll(limit: 1_000))
    }
  }

  private static let greeting: [UInt8] = [5, 2, 0, 2]
  private static let agreed: [UInt8] = [5, 0]

  @Test func `a client says where it wants to go`() throws {
    let four = try outcome(of: Self.greeting + [5, 1, 0, 1, 127, 0, 0, 1, 0x1f, 0x90])
    #expect(try four.result.get().description == "127.0.0.1:8080")
    #expect(four.answer == Self.agreed)
    let six = try outcome(
      of: Self.greeting + [5, 1, 0, 4] + [UInt8](repeating: 0, count: 15) + [1, 0, 80])
    #expect(try six.result.get().description == "[::1]:80")
    let name = try outcome(of: Self.greeting + [5, 1, 0, 3, 4] + Array("here".utf8) + [0, 80])
    #expect(try name.result.get() == .name("here", port: 80))
  }

  @Test(
    arguments: [
      ([4, 1, 0], []),  // SOCKS 4
      ([5, 1, 2], [5, 0xff]),  // wants a password
      (
        [5, 1, 0, 5, 2, 0, 1, 127, 0, 0, 1, 0, 80], [5, 0, 5, 7, 0, 1, 0, 0, 0, 0, 0, 0]
      ),  // bind
      ([5, 1, 0, 5, 1, 0, 9], [5, 0, 5, 8, 0, 1, 0, 0, 0, 0, 0, 0]),  // no such kind of address
      ([5, 1, 0, 4, 1, 0, 1], [5, 0]),  // another version in the middle
      ([5, 1, 0, 5, 1, 0, 3, 1, 0, 0, 80], [5, 0, 5, 4, 0, 1, 0, 0, 0, 0, 0, 0]),  // NUL in a name
      ([5, 1, 0, 5, 1, 0, 3, 0, 0, 80], [5, 0, 5, 4, 0, 1, 0, 0, 0, 0, 0, 0]),  // no name
    ] as [([UInt8], [UInt8])])
  func `what is not understood is told, and ends the connection`(
    bytes: [UInt8], answer: [UInt8]
  ) throws {
    let outcome = try outcome(of: bytes)
    #expect(throws: HandshakeError.self) { try outcome.result.get() }
    #expect(outcome.answer == answer)
  }

  @Test func `a client that leaves in the middle is an end, wherever it is`() throws {
    let whole = Self.greeting + [5, 1, 0, 3, 4] + Array("here".utf8) + [0, 80]
    for length in 0..<whole.count {
      let outcome = try outcome(of: Array(whole[..<length]))
      #expect(throws: StreamEnded.self) { try outcome.result.get() }
    }
  }

  @Test func `an error of a name has the answer of what became of it`() throws {
    let refused = ConnectFailed(
      host: "here",
      attempts: [
        .init(
          address: try SocketAddress(ip: "127.0.0.1", port: 1),
          error: CoreError(operation: "connect", code: .connectionRefused))
      ])
    #expect(Answer(to: refused) == .refused)
    #expect(Answer(to: LookupFailed(host: "nowhere", reason: .notFound)) == .hostUnreachable)
  }

  @Test(arguments: [
    (ErrorCode.connectionRefused, Answer.refused), (.networkUnreachable, .networkUnreachable),
    (.hostUnreachable, .hostUnreachable), (.timedOut, .timedOut), (.notPermitted, .notAllowed),
    (.tooManyOpenFiles, .failed),
  ])
  func `an error of the way out has its answer`(code: ErrorCode, answer: Answer) {
    #expect(Answer(to: CoreError(operation: "connect", code: code)) == answer)
  }
}
