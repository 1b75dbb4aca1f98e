internal import CoreShift

/// What changes about a descriptor from one operation to the next.
///
/// Apart from ``Descriptor``, so that an event goes straight to it: with thousands of connections
/// every object on the way is one more wait for memory. Ordered by use.
struct DescriptorState {
  var reading = Direction()
  /// -1 once closed.
  var number: Int32
  var shortRead: ShortRead
  /// The last read was short, and that means that there is no more.
  var isDrained = false
  /// Bytes moved since it last parked or let others run.
  var bytesThisTurn = 0
  var writing = Direction()
  /// The last write was short, and that means that there is no more room: where a short read
  /// means something.
  var isFull = false
  var token: Token?

  /// Who closes the number.
  enum Ownership { case owned, borrowed }

  /// What a short read says.
  enum ShortRead {
    /// Nothing: only would-block tells that all is read. Data stays behind a short read without
    /// another edge where descriptors are passed, around urgent data, and on terminals.
    case meansNothing
    /// All is read, so that the next read may wait first. Holds on a TCP socket that this library
    /// connected or accepted, while neither half-close nor urgent data was reported.
    case meansDrained
  }

  init(number: Int32, shortRead: ShortRead) {
    self.number = number
    self.shortRead = shortRead
  }

  /// Closes the number, which is unregistered, where it is ours.
  mutating func closeNumber(_ ownership: Ownership) {
    if ownership == .owned, let descriptor = try? Fd(adopting: number) { _ = consume descriptor }
    number = -1
  }

  /// Tells who waits that there is nothing to wait for any more.
  func wakeAll() {
    reading.waiter?.wake(.closed)
    writing.waiter?.wake(.closed)
  }

  /// Takes an event in, on the scheduler's loop: wakes who waits, parks nobody.
  @inline(__always)
  mutating func note(_ event: Event) {
    if event.isHangup || event.isError {
      reading.isBroken = true
      writing.isBroken = true
    }
    if event.isPeerClosed || event.isPriority { shortRead = .meansNothing }
    if event.isReadable || event.isPriority || event.isPeerClosed { reading.note() }
    if event.isWritable { writing.note() }
  }
}
