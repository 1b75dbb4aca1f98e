internal import CCoreShift

/// Tells the process that made it from a child that `fork` made of it.
///
/// For what lives in the kernel and is shared by both, such as an epoll instance, which the child
/// would change under its parent's feet.
@safe
struct ProcessMark: ~Copyable {
  /// One page, owned by this mark.
  private let mark: UnsafeMutablePointer<Int32>

  /// Makes a mark of this process, of one page.
  init() throws(CoreError) {
    var made: UnsafeMutablePointer<Int32>?
    try check(unsafe ccoreshift_mark_create(&made), "mmap", .none)
    // SAFETY: the call has set it, since it succeeded.
    unsafe mark = made.unsafelyUnwrapped
  }

  deinit {
    unsafe ccoreshift_mark_free(mark)
  }

  /// Whether this process made it; false in a forked child.
  var isOurs: Bool {
    @inline(__always) get { unsafe ccoreshift_mark_is_ours(mark) != 0 }
  }
}
