public import Drift

/// One client's conversation: its requests are answered in their order until it leaves.
public struct Session {
  /// So much is collected before it is sent, when a client sends without waiting for answers.
  private static let repliesAtOnce = 64 << 10

  private static let quit: CommandName = "QUIT"
  /// A client that takes no answers for so long is given up.
  private static let patience = Duration.seconds(60)

  private let store: Store
  private let commands: CommandTable
  private let idleLimit: Duration?

  /// A conversation about `store` in the words of `commands`.
  ///
  /// A client that sends nothing for as long as `idleLimit` says is given up; nil for never.
  public init(
    on store: Store, commands: CommandTable = .standard, idleLimit: Duration? = nil
  ) {
    self.store = store
    self.commands = commands
    self.idleLimit = idleLimit
  }

  /// Answers until the client ends or breaks the protocol, which it is told.
  ///
  /// Parks.
  ///
  /// - Throws: what the stream throws, such as ECONNRESET or `Cancelled`; `DeadlineExceeded` for a
  ///   client that is given up.
  public func serve(_ stream: any DuplexStream) throws {
    var parser = RequestParser()
    var replies = Replies()
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while case let count = try read(from: stream, into: &chunk), count > 0 {
      parser.append(chunk[..<count])
      do {
        while try parser.next() {
          if CommandName(parser.request[0]) == Self.quit {
            replies.word("OK")
            return try send(&replies, to: stream)
          }
          try commands.run(parser.request, on: store, &replies)
          if replies.bytes.count >= Self.repliesAtOnce { try send(&replies, to: stream) }
        }
      } catch let error as ProtocolError {
        replies.error("ERR \(error)")
        return try send(&replies, to: stream)
      }
      try send(&replies, to: stream)
    }
  }

  private func read(from stream: any DuplexStream, into chunk: inout [UInt8]) throws -> Int {
    guard let idleLimit else { return try stream.read(into: &chunk) }
    return try withTimeout(idleLimit) { try stream.read(into: &chunk) }
  }

  private func send(_ replies: inout Replies, to stream: any DuplexStream) throws {
    if replies.bytes.isEmpty { return }
    try withTimeout(Self.patience) { try stream.write(replies.bytes) }
    replies.removeAll()
  }
}
