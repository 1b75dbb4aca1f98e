public import Drift

/// One client's connection: the handshake, the way out, and then bytes in both directions.
public struct SocksSession {
  /// How long a client may take to say where it wants to go, and the way there to open.
  private let patience: Duration
  private let connect: (Destination) throws -> TCPStream

  /// A session that goes wherever the client wants, through `connect`.
  public init(
    patience: Duration = .seconds(20),
    connect: @escaping (Destination) throws -> TCPStream = SocksSession.connect
  ) {
    self.patience = patience
    self.connect = connect
  }

  /// Serves the client until both directions have ended, or one of them is broken.
  ///
  /// Parks.
  ///
  /// - Throws: ``HandshakeError``; `DeadlineExceeded` for a client that says nothing; what the
  ///   streams throw.
  public func serve(_ client: TCPStream) throws {
    let destination: Destination
    do {
      destination = try withTimeout(patience) { try Handshake.receive(from: client) }
    } catch let error as HandshakeError {
      takeLeave(of: client)
      throw error
    }
    guard let target = try open(destination, for: client) else { return }
    defer { target.close() }
    try Handshake.answer(.succeeded, from: target.localAddress, to: client)
    do {
      try withScope { scope in
        scope.spawn(name: "to the target") { try pass(from: client, to: target) }
        scope.spawn(name: "to the client") { try pass(from: target, to: client) }
      }
    } catch {
      // An end would tell each side that what was cut short is whole.
      client.reset()
      target.reset()
      throw error
    }
  }

  /// Opens the way, or tells the client why not: nil then.
  private func open(_ destination: Destination, for client: TCPStream) throws -> TCPStream? {
    do {
      return try withTimeout(patience) { try connect(destination) }
    } catch let error where !(error is Cancelled) {
      try Handshake.answer(Answer(to: error), to: client)
      takeLeave(of: client)
      return nil
    }
  }

  /// Ends the sending, and reads what the client still sends, up to a limit.
  ///
  /// To close with unread bytes is a reset, and that could overtake the answer.
  private func takeLeave(of client: TCPStream) {
    _ = try? withTimeout(min(patience, .seconds(2))) {
      try client.shutdownWrite()
      _ = try client.readAll(limit: 64 << 10)
    }
  }

  /// One direction, until its end, which is passed on.
  private func pass(from source: TCPStream, to target: TCPStream) throws {
    try copy(from: source, to: target)
    try target.shutdownWrite()
  }

  /// Connects to where a client wants to go.
  ///
  /// Parks.
  public static func connect(to destination: Destination) throws -> TCPStream {
    switch destination {
    case .address(let address): try TCPStream(connect: address, options: options)
    case .name(let name, let port): try TCPStream(connect: name, port: port, options: options)
    }
  }

  /// How both connections of a session are set up.
  ///
  /// Small writes go on at once, since whoever wrote them has collected what belongs together. A
  /// tunnel may be silent for as long as its ends want; an end that has gone without a word is
  /// noticed after ten minutes.
  public static var options: Socket.Options {
    var options: Socket.Options = [.noDelay]
    options.keepAlive = .init(idle: .seconds(300), interval: .seconds(100), probes: 3)
    return options
  }
}

extension Answer {
  /// What a client is told when the way could not be opened.
  init(to error: any Error) {
    switch error {
    case let error as CoreError: self = Answer(to: error.code)
    // Of several addresses the last one's answer is as good as any.
    case let error as ConnectFailed:
      self = error.attempts.last.map { Answer(to: $0.error) } ?? .failed
    case is LookupFailed: self = .hostUnreachable
    case is DeadlineExceeded: self = .timedOut
    default: self = .failed
    }
  }

  private init(to code: ErrorCode) {
    switch code {
    case .connectionRefused: self = .refused
    case .networkUnreachable: self = .networkUnreachable
    case .hostUnreachable: self = .hostUnreachable
    case .timedOut: self = .timedOut
    case .permissionDenied, .notPermitted: self = .notAllowed
    default: self = .failed
    }
  }
}
