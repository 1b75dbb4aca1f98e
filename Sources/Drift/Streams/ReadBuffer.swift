/// Bytes that have been read from a stream and not yet been asked for.
///
/// They lie in one piece, so that a line can be lent as it is. What is behind them is room for
/// more; what is before them is made room of when there is none behind.
@safe
struct ReadBuffer {
  // SAFETY: `start...end` lies within `memory`, which is this value's own until `deallocate()`;
  // its owner calls that once, in its deinit.
  private var memory: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0

  init(capacity: Int) {
    unsafe memory = .allocate(byteCount: capacity, alignment: 16)
  }

  func deallocate() {
    unsafe memory.deallocate()
  }

  var capacity: Int { unsafe memory.count }
  var count: Int { end - start }

  /// What has not been asked for; good until the next change.
  var unread: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: memory[start..<end])
  }

  /// The room behind, which is not empty after ``makeRoom(for:)``.
  var room: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(rebasing: memory[end...])
  }

  /// Counts bytes that have been read into ``room``.
  mutating func note(_ count: Int) {
    if !(0...(capacity - end) ~= count) {
      fatalError("a stream has read \(count) bytes into room for \(capacity - end)")
    }
    end += count
  }

  /// The first `count` unread bytes count as asked for.
  ///
  /// They stay where they are until the next change.
  mutating func drop(_ count: Int) {
    start += count
    if start == end {
      start = 0
      end = 0
    }
  }

  /// How many bytes there is room for at once, however few have come of those that are wanted.
  private static let longestStep = 1 << 20

  /// Makes room for at least one byte, and towards `wanted` unread ones in all.
  ///
  /// What is wanted may be a number that a stranger has sent. Beyond a step the room doubles each
  /// time that it is full.
  mutating func makeRoom(for wanted: Int = 0) {
    let needed = min(wanted, max(Self.longestStep, count + 1))
    if end < capacity && needed <= capacity - start { return }
    // A buffer that is more than half full grows, so that bytes are seldom moved more than once.
    if count > capacity / 2 || needed > capacity {
      let larger = UnsafeMutableRawBufferPointer.allocate(
        byteCount: max(2 * capacity, needed), alignment: 16)
      unsafe larger.copyMemory(from: unread)
      unsafe memory.deallocate()
      unsafe memory = larger
    } else {
      // Source and target may overlap, which this allows.
      unsafe memory.copyMemory(from: unread)
    }
    end -= start
    start = 0
  }
}
