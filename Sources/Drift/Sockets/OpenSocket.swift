public import CoreShift

/// What all sockets have in common: options, and everything else that CoreShift can do with them.
public protocol OpenSocket: AnyObject {
  /// Lends the socket for a call that does not wait, such as those of `Socket` and `UnixSocket`.
  ///
  /// Whoever receives by such a call must not leave bytes behind that others wait for.
  ///
  /// - Throws: what `call` throws; `ResourceClosed`.
  func withSocket<Value: ~Copyable>(
    _ call: (borrowing Fd) throws(CoreError) -> Value
  ) throws -> Value
}

extension OpenSocket {
  /// Sets up what `options` name, and leaves the rest as it is.
  ///
  /// - Throws: `CoreError` of `setsockopt`, for what this kind of socket does not have;
  ///   `ResourceClosed`.
  public func configure(with options: Socket.Options) throws {
    try withSocket { socket throws(CoreError) in try Socket.configure(socket, with: options) }
  }

  /// Switches an option on.
  ///
  /// - Throws: `CoreError` of `setsockopt`; `ResourceClosed`.
  public func enable(_ option: Socket.Option) throws {
    try withSocket { socket throws(CoreError) in try Socket.enable(option, on: socket) }
  }

  /// Switches an option off.
  ///
  /// - Throws: `CoreError` of `setsockopt`; `ResourceClosed`.
  public func disable(_ option: Socket.Option) throws {
    try withSocket { socket throws(CoreError) in try Socket.disable(option, on: socket) }
  }

  /// Whether an option is on.
  ///
  /// - Throws: `CoreError` of `getsockopt`; `ResourceClosed`.
  public func isEnabled(_ option: Socket.Option) throws -> Bool {
    try withSocket { socket throws(CoreError) in try Socket.isEnabled(option, on: socket) }
  }

  /// The size of a buffer in bytes, as the kernel counts: about twice what was asked for.
  ///
  /// - Throws: `CoreError` of `getsockopt`; `ResourceClosed`.
  public func size(of buffer: Socket.Buffer) throws -> Int {
    try withSocket { socket throws(CoreError) in try Socket.size(of: buffer, on: socket) }
  }
}
