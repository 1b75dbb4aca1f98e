public import CoreShift
internal import GreenThreads

/// A TCP socket that takes connections.
public final class TCPListener {
  private let descriptor: Descriptor
  /// Where it listens; with port 0 given, the port that the kernel has chosen.
  public let localAddress: SocketAddress

  /// Listens on a numeric address; port 0 lets the kernel choose.
  ///
  /// Does not park.
  ///
  /// - Throws: `CoreError`: EINVAL for what is no address, EADDRINUSE, EADDRNOTAVAIL, EACCES.
  public init(bind host: String, port: UInt16, backlog: Int32 = 1024) throws {
    let address = try SocketAddress(ip: host, port: port)
    let socket = try Socket.listen(on: address, backlog: backlog)
    localAddress = try Socket.localAddress(of: socket)
    descriptor = try Descriptor(adopting: socket)
  }

  /// Takes the next connection, waiting for one.
  ///
  /// Parks.
  ///
  /// A connection that its peer has given up before it was taken is passed over. One green thread
  /// at a time.
  ///
  /// - Throws: `CoreError` of `accept4`, such as EMFILE, and the listener stays good; `Cancelled`;
  ///   `ResourceClosed`; `ResourceBusy`.
  public func accept() throws -> TCPStream {
    try GreenThread.checkCancellation()
    while true {
      do {
        if let accepted = try descriptor.withDescriptor(Socket.accept) {
          let peer = accepted.peer
          let stream = try TCPStream(accepted.socket, peer: peer)
          // Clients that connect without a pause must not keep those from running that serve them.
          descriptor.letOthersRun(after: 1)
          return stream
        }
        try descriptor.waitForMoreToRead()
      } catch let error as CoreError where error.code == .connectionAborted {}
    }
  }

  /// Stops listening; who waits in ``accept()`` gets `ResourceClosed`.
  ///
  /// Again: no effect.
  public func close() {
    descriptor.close()
  }
}
