public import GreenThreads

// Streams and listeners as branches of a select.

extension SelectBranch {
  /// Taken when a read would not park: there is something, or the end, or an error to be told.
  ///
  /// - Parameters:
  ///   - stream: nothing is read from it by the select, which throws `ResourceBusy` while another
  ///     green thread waits to read it.
  ///   - body: what follows; also when `stream` has been closed, which its call then tells.
  /// - Returns: the branch.
  public static func readable(
    _ stream: TCPStream, _ body: @escaping () throws -> Outcome
  ) -> Self {
    readable(stream.descriptor, body)
  }

  /// Taken when a read would not park; see ``readable(_:_:)-(TCPStream,_)``.
  public static func readable(
    _ stream: UnixStream, _ body: @escaping () throws -> Outcome
  ) -> Self {
    readable(stream.descriptor, body)
  }

  /// Taken when a read would not park; see ``readable(_:_:)-(TCPStream,_)``.
  public static func readable(
    _ stream: PipeReader, _ body: @escaping () throws -> Outcome
  ) -> Self {
    readable(stream.descriptor, body)
  }

  /// Taken when a write of some bytes would not park; see ``readable(_:_:)-(TCPStream,_)``.
  public static func writable(
    _ stream: TCPStream, _ body: @escaping () throws -> Outcome
  ) -> Self {
    writable(stream.descriptor, body)
  }

  /// Taken when a write of some bytes would not park; see ``readable(_:_:)-(TCPStream,_)``.
  public static func writable(
    _ stream: UnixStream, _ body: @escaping () throws -> Outcome
  ) -> Self {
    writable(stream.descriptor, body)
  }

  /// Taken when a write of some bytes would not park; see ``readable(_:_:)-(TCPStream,_)``.
  public static func writable(
    _ stream: PipeWriter, _ body: @escaping () throws -> Outcome
  ) -> Self {
    writable(stream.descriptor, body)
  }

  /// Taken when somebody has connected.
  ///
  /// The select throws `ResourceBusy` while another green thread waits in `accept()`; and when it
  /// takes this branch `ResourceClosed`, once the listener is closed or was stopped and nobody is
  /// left, or `CoreError` of `accept4`. A shortage of descriptors or memory is waited out, while
  /// the other branches go on; see ``TCPListener/onShortage``.
  ///
  /// - Parameters:
  ///   - listener: a connection is taken from it only if the branch is.
  ///   - body: gets the connection.
  /// - Returns: the branch.
  public static func accept(
    from listener: TCPListener, _ body: @escaping (TCPStream) throws -> Outcome
  ) -> Self {
    let source = AcceptSource(listener.socket, TCPListener.take)
    return Self(source) { try body(source.take()) }
  }

  /// Taken when somebody has connected; see ``accept(from:_:)-(TCPListener,_)``.
  public static func accept(
    from listener: UnixListener, _ body: @escaping (UnixStream) throws -> Outcome
  ) -> Self {
    let source = AcceptSource(listener.socket, UnixListener.take)
    return Self(source) { try body(source.take()) }
  }

  /// Taken when somebody has connected; see ``accept(from:_:)-(TCPListener,_)``.
  public static func accept(
    from listener: UnixPacketListener, _ body: @escaping (UnixPacketSocket) throws -> Outcome
  ) -> Self {
    let source = AcceptSource(listener.socket, UnixPacketListener.take)
    return Self(source) { try body(source.take()) }
  }
}
