internal import CCoreShift

/// Where the kernel writes a reactor's events, and a mark of the process that made it.
///
/// An epoll instance is shared with a child that `fork` makes, which would change it under its
/// parent's feet. The kernel wipes these pages for such a child, and with them the mark. It lies
/// beside the first event, in a line of the cache that each wait touches anyway.
@safe
struct EventBuffer: ~Copyable {
  /// The mark, and room for `capacity` events 16 bytes behind it; owned by this buffer.
  private let memory: UnsafeMutableRawPointer
  /// How many events there is room for.
  let capacity: Int

  /// What one page has room for.
  static var smallestCapacity: Int { 255 }

  /// Makes a buffer of this process, by `mmap`.
  init(capacity: Int) throws(CoreError) {
    var made: UnsafeMutableRawPointer?
    let byteCount = EventBuffer.byteCount(of: capacity)
    try check(unsafe ccoreshift_mark_create(&made, byteCount), "mmap", .none)
    // SAFETY: the call has set it, since it succeeded.
    unsafe memory = made.unsafelyUnwrapped
    self.capacity = capacity
  }

  deinit {
    unsafe ccoreshift_mark_free(memory, EventBuffer.byteCount(of: capacity))
  }

  /// Whether this process made it; false in a forked child.
  var isOurs: Bool {
    @inline(__always) get { unsafe ccoreshift_mark_is_ours(memory) != 0 }
  }

  /// Room for `capacity` events, none of which is initialised.
  var events: UnsafeMutablePointer<Event> {
    // SAFETY: aligned, since it lies 16 bytes behind the start of a page, and used for events only.
    @inline(__always) get {
      unsafe (memory + MemoryLayout<Event>.stride).assumingMemoryBound(to: Event.self)
    }
  }

  private static func byteCount(of capacity: Int) -> Int {
    (capacity + 1) * MemoryLayout<Event>.stride
  }
}
