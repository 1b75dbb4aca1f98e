/// What one turn of work on a pipe came to.
enum PipeTurn {
  /// Nothing more to do now; the reactor will tell.
  case blocked
  /// The turn was over first: the readiness lasts.
  case unfinished
  /// The pipe has no more to give, or to take.
  case ended
}

/// The parent's end of a pipe, and its registration.
struct PipeEnd: ~Copyable {
  /// Nil once the pipe has ended.
  private var descriptor: Fd?
  /// Nil while it is not registered.
  private(set) var token: Token?
  private let interest: Interest

  init(_ descriptor: consuming Fd?, for interest: Interest) {
    self.descriptor = descriptor
    self.interest = interest
  }

  var isClosed: Bool { descriptor == nil }

  /// The number, negative once it is closed.
  var number: Int32 {
    switch descriptor {
    case .some(let descriptor): descriptor.rawValue
    case .none: -1
    }
  }

  mutating func register(
    with reactor: inout Reactor, blocking policy: Reactor.BlockingPolicy
  ) throws(CoreError) {
    switch descriptor {
    case .some(let descriptor):
      token = try reactor.register(descriptor, for: interest, blocking: policy)
    case .none: break
    }
  }

  /// The pipe stays open.
  mutating func unregister(from reactor: inout Reactor) {
    guard let token = token.take() else { return }
    // The token is gone even when the kernel disagrees: then there was nothing to undo.
    try? reactor.unregister(token)
  }

  /// Unregisters first: another child may hold a copy, which would keep the registration alive.
  mutating func close(on reactor: inout Reactor) {
    unregister(from: &reactor)
    descriptor = nil
  }

  /// Closes without a reactor, before it was registered.
  mutating func closeUnregistered() {
    descriptor = nil
  }

  /// Follows a turn up.
  ///
  /// An unfinished one is told again by the next wait, after those that have been ready for
  /// longer: changing a registration re-arms its edge.
  mutating func settle(_ turn: PipeTurn, on reactor: inout Reactor) throws(CoreError) {
    switch turn {
    case .blocked: break
    case .ended: close(on: &reactor)
    case .unfinished: try rearm(on: &reactor)
    }
  }

  /// Has the reactor tell once more what is ready now.
  ///
  /// A pipe that it will not tell of would never go on: it is closed before the error is thrown.
  mutating func rearm(on reactor: inout Reactor) throws(CoreError) {
    guard let token else { return }
    do {
      try reactor.modify(token, to: interest)
    } catch {
      close(on: &reactor)
      throw error
    }
  }
}
