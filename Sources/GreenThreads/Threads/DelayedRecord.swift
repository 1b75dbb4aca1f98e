internal import CGreenThreads

/// All that the scheduler knows of one that is to begin later: two cache lines, where a green
/// thread's own record is six.
///
/// It is exchanged for that when its time comes, or somebody asks for more than this: to join,
/// select or cancel it, for a name or a stack of another size. There may be millions that wait, and
/// hardly one of them is asked for. From then on it only says where that record is, to those who
/// still have a handle, until that is free again.
@safe
struct DelayedRecord {
  /// Unique in the process, and 0 while the record is free: tells a stale handle.
  var serial: UInt64 = 0
  /// Its own record, once it has one.
  var thread: ThreadReference?
  /// The scope that it was spawned into.
  var home: ScopeReference
  /// While it is free, the next in the list of free records.
  var nextSibling: DelayedReference?
  var previousSibling: DelayedReference?

  /// Orders equal times by when they were set.
  var timerSequence: UInt64 = 0
  /// When it was spawned, which is when its wait has begun.
  var spawnedAt = Instant.zero
  /// When it is to begin.
  var start = Instant.distantFuture
  /// Where its entry stands in the heap; -1 when it has none, and see below.
  var timerIndex: Int32 = -1

  private var lineAndKind: UInt32 = 0
  // SAFETY: the text of a static string, which lives as long as the process and ends with a zero.
  private var file: UnsafePointer<CChar>?

  /// A ``Launcher``, until it has its own record.
  var launcher: (UInt, UInt) = (0, 0)
  /// Its closure, until it has its own record.
  var body: (UInt, UInt) = (0, 0)
  /// What is bound to ``GreenThread/Local``s; nil for nothing.
  var locals: LocalValues?
  /// What is bound to Swift's task-locals; 0 for nothing.
  var taskLocals: UInt = 0

  init(home: ScopeReference) {
    self.home = home
  }

  /// As `timerIndex`: its entry is among those whose tick has not come.
  static let isLater: Int32 = -2
  /// The same, but it has a record of its own now, or has ended: the entry is for nobody.
  static let isVoid: Int32 = -3

  /// Whether its result has no value.
  var keepsNothing: Bool { lineAndKind & Self.kindBit != 0 }

  private static var kindBit: UInt32 { 1 << 31 }

  @inline(__always)
  mutating func setOrigin(_ file: StaticString, _ line: UInt32, keepsNothing: Bool) {
    unsafe self.file = ThreadRecord.text(of: file)
    lineAndKind = line & ~Self.kindBit | (keepsNothing ? Self.kindBit : 0)
  }

  /// As the record of a green thread has it.
  var label: cgreenthreads_label {
    var label = unsafe cgreenthreads_label()
    unsafe copyOrigin(to: &label)
    return unsafe label
  }

  @inline(__always)
  func copyOrigin(to label: inout cgreenthreads_label) {
    unsafe label.file = file
    unsafe label.line = lineAndKind & ~Self.kindBit
  }
}

extension DelayedRecord: Timed {
  @inline(__always)
  static func prefetchTimer(_ timed: DelayedReference) {
    timed.prefetch()
    unsafe cgreenthreads_prefetch(UnsafeRawPointer(timed.pointer) + 64)
  }

  @inline(__always)
  static func prefetchWake(_ timed: DelayedReference) {
    timed.it.previousSibling?.prefetch()
    timed.it.nextSibling?.prefetch()
    guard let captured = unsafe UnsafeRawPointer(bitPattern: timed.it.body.1) else { return }
    unsafe prefetchLine(captured)
  }
}

typealias DelayedReference = Reference<DelayedRecord>
