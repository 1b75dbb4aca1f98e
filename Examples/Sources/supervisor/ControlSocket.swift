import CoreShift

/// Takes one line from each client, answers it, and hangs up; also on one that takes too long.
final class ControlSocket {
  /// Somebody who has not sent the whole line yet.
  private final class Client {
    let socket: Fd
    let deadline = MonotonicTime.nanoseconds + ControlSocket.patience
    var line: [UInt8] = []

    init(_ socket: consuming Fd) {
      self.socket = socket
    }
  }

  private static let longestLine = 1024
  /// How long a client may take for its line, in nanoseconds.
  private static let patience: Int64 = 5_000_000_000
  /// How long nobody is taken once there are no descriptors for one more.
  private static let pause: Int64 = 200_000_000
  private var listener: UnixSocket.Bound?
  private let token: Token
  private var clients: [Token: Client] = [:]
  /// When those are taken who wait in the kernel's queue, which is told only once.
  private var acceptAt: Int64?

  /// A path that a killed supervisor has left is taken over, and that of a living one is not.
  init(at path: String, on reactor: inout Reactor) throws(CoreError) {
    let bound = try UnixSocket.listen(
      on: UnixAddress(path: RawString(path)), replacing: .deadSocket, permissions: 0o600)
    token = try reactor.register(bound.socket, for: .reading)
    listener = consume bound
  }

  /// Does what an event asks for, and tells whether it was for this.
  func handle(
    _ event: Event, on reactor: inout Reactor, answer: (String) throws -> String
  ) throws -> Bool {
    if event.token == token {
      acceptAll(on: &reactor)
      return true
    }
    guard let client = clients[event.token] else { return false }
    if try isComplete(client) {
      let line = String(decoding: client.line.prefix { $0 != 10 }, as: UTF8.self)
      // Who does not wait for the answer does without.
      _ = try? Socket.send(Array(try answer(line).utf8), to: client.socket)
      try hangUp(event.token, on: &reactor)
    }
    return true
  }

  /// When ``advance(on:)`` has something to do; nil for never.
  var nextDeadline: Int64? {
    (clients.values.map(\.deadline) + [acceptAt].compactMap(\.self)).min()
  }

  /// Hangs up on those whose time is over, and takes those who had to wait.
  func advance(on reactor: inout Reactor) throws(CoreError) {
    let now = MonotonicTime.nanoseconds
    for (token, client) in clients where client.deadline <= now {
      try hangUp(token, on: &reactor)
    }
    if let moment = acceptAt, moment <= now { acceptAll(on: &reactor) }
  }

  func close(on reactor: inout Reactor) throws(CoreError) {
    for token in clients.keys { try hangUp(token, on: &reactor) }
    try reactor.unregister(token)
    try listener.take()?.closeAndUnlink()
  }

  private func acceptAll(on reactor: inout Reactor) {
    acceptAt = nil
    do throws(CoreError) {
      while let socket = try listener?.accept() {
        let token = try reactor.register(socket, for: .reading)
        clients[token] = Client(socket)
      }
    } catch {
      // Too many are there, or one has gone before it was taken: no reason to let services down.
      acceptAt = MonotonicTime.nanoseconds + Self.pause
    }
  }

  /// Reads up to would-block; true once there is nothing more to wait for.
  private func isComplete(_ client: Client) throws(CoreError) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 256)
    while true {
      let outcome: ReadOutcome
      do {
        outcome = try Socket.receive(&buffer, from: client.socket)
      } catch {
        return true
      }
      switch outcome {
      case .wouldBlock: return false
      case .end: return true
      case .bytes(let count):
        client.line += buffer[..<count]
        if client.line.contains(10) || client.line.count > Self.longestLine { return true }
      }
    }
  }

  /// Unregisters first; the socket closes with its client.
  private func hangUp(_ token: Token, on reactor: inout Reactor) throws(CoreError) {
    try reactor.unregister(token)
    clients[token] = nil
  }
}

extension UnixSocket.Bound {
  fileprivate borrowing func accept() throws(CoreError) -> Fd? {
    try UnixSocket.accept(from: socket)
  }
}
