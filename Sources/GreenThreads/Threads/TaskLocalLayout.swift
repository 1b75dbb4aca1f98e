// What the Swift runtime's task-locals look like off tasks, and how that is found out.
//
//   word of the OS thread ->  storage ->  newest binding      next binding
//                             | first |   | next          |-> | next (0: none) |
//                                         | key           |   | ...
//                                         | type of value |
//                                         | value ...     |
//
// The runtime has no function that exchanges the word, and none that lists bindings. So the word is
// looked for: it is the one that changes when something is bound and changes back afterwards. Then
// it is exchanged, and the bindings are read, to see whether all is as drawn above. Only what can
// be read without a fault is read. Nothing but the word is ever written: bindings are made and
// ended by the runtime's own functions.
internal import CGreenThreads

/// Where the parts of a binding lie, in bytes from its beginning.
struct TaskLocalLayout: Equatable {
  var key = 8
  var type = 16
  /// Where a value lies if it needs no greater alignment.
  var value = 24

  /// As Swift 6.3 has it.
  static let known = TaskLocalLayout()

  /// Which of the thread-local words of the runtime's library it is.
  static var wordIndex: Result<Int, TaskLocalsUnavailable> { search.outcome() }

  private static let search = TaskLocalSearch()

  /// The calling OS thread's thread-local words in the runtime's library.
  static var block: UnsafeMutableBufferPointer<UInt> {
    var count = 0
    guard let words = unsafe cgreenthreads_task_local_block(&count) else {
      return unsafe UnsafeMutableBufferPointer(start: nil, count: 0)
    }
    return unsafe UnsafeMutableBufferPointer(start: words, count: count)
  }

  /// Finds the word among those of `block`, on an OS thread on which nothing is bound.
  func findWord(
    in block: () -> UnsafeMutableBufferPointer<UInt>
  ) throws(TaskLocalsUnavailable) -> Int {
    guard cgreenthreads_has_task_locals() else {
      throw TaskLocalsUnavailable("this program has no Swift tasks")
    }
    // The first use makes the block, if it is made late.
    Probe.number.withValue(Probe.bound) {}
    let words = unsafe block()
    let before = unsafe Array(words)
    var during: [UInt] = []
    Probe.number.withValue(Probe.bound) { during = unsafe Array(words) }
    let changed = before.indices.filter { before[$0] != during[$0] }
    guard changed.count == 1, let index = changed.first, before[index] == 0 else {
      throw TaskLocalsUnavailable("\(changed.count) words changed where 1 was expected")
    }
    guard unsafe words[index] == 0 else {
      throw TaskLocalsUnavailable("a word did not change back when nothing was bound any more")
    }
    // SAFETY: the word lies in the block, which lives as long as the calling OS thread.
    if let base = words.baseAddress, let flaw = unsafe flaw(of: base + index) {
      throw TaskLocalsUnavailable(flaw)
    }
    return index
  }

  /// What is not as expected when `word`, in which nothing is bound, is exchanged; nil if all is.
  private func flaw(of word: UnsafeMutablePointer<UInt>) -> String? {
    Probe.number.withValue(Probe.bound) {
      let first = unsafe word.pointee
      unsafe word.pointee = 0
      var flaw = Probe.number.get() == 0 ? nil : "a binding was seen that had been taken away"
      Probe.text.withValue("another") {
        let second = unsafe word.pointee
        unsafe word.pointee = first
        if Probe.number.get() != Probe.bound || !Probe.text.get().isEmpty {
          flaw = "a binding was not seen that had been put back"
        }
        unsafe word.pointee = second
        if Probe.number.get() != 0 || Probe.text.get() != "another" {
          flaw = "two lists of bindings were mixed up"
        }
      }
      if unsafe word.pointee != 0 { flaw = "an empty list of bindings was kept" }
      unsafe word.pointee = first
      return flaw ?? Probe.text.withValue("a text") { unsafe flawInBindings(of: word.pointee) }
    }
  }

  /// Reads the two bindings of `storage`, a text around which a number is.
  private func flawInBindings(of storage: UInt) -> String? {
    let unlike = "bindings are laid out in another way than in Swift 6.3"
    guard let newest = readWord(storage), let next = readWord(newest) else { return unlike }
    guard readWord(next) == 0 else { return unlike }
    let text = Probe.identity(of: Probe.text, String.self)
    let number = Probe.identity(of: Probe.number, Int.self)
    guard readWord(newest + UInt(key)) == text.key, readWord(newest + UInt(type)) == text.type,
      readWord(next + UInt(key)) == number.key, readWord(next + UInt(type)) == number.type,
      readWord(next + UInt(value)) == UInt(Probe.bound)
    else { return unlike }
    return nil
  }
}

/// The search for the word, which is made once, on an OS thread on which nothing can be bound.
final class TaskLocalSearch: Sendable {
  private let found = Guarded<Result<Int, TaskLocalsUnavailable>?>(nil)

  /// What it has found; one that could not begin is made again next time.
  func outcome() -> Result<Int, TaskLocalsUnavailable> {
    if let found = found.withLock({ $0 }) { return found }
    do {
      try OwnedThread.start(name: "drift-locals", purpose: "find Swift's task-locals") {
        self.begin()
      }.join()
    } catch {
      return .failure(TaskLocalsUnavailable("\(error)"))
    }
    return found.withLock { $0 } ?? .failure(TaskLocalsUnavailable("nobody looked for them"))
  }

  private func begin() {
    let result = Result { () throws(TaskLocalsUnavailable) in
      try unsafe TaskLocalLayout.known.findWord { unsafe TaskLocalLayout.block }
    }
    found.withLock { $0 = result }
  }
}

/// The word at an address that may be anything; nil where there is none.
private func readWord(_ address: UInt) -> UInt? {
  var word: UInt = 0
  return unsafe cgreenthreads_read_word(address, &word) ? word : nil
}

/// What is bound to see how it is bound.
private enum Probe {
  static let number = TaskLocal<Int>(wrappedValue: 0)
  static let text = TaskLocal<String>(wrappedValue: "")
  static let bound = 0x5EED_1E55

  /// By what the runtime tells a task-local and a type, as words.
  static func identity<Value>(of local: TaskLocal<Value>, _: Value.Type) -> (key: UInt, type: UInt)
  {
    let type = unsafe unsafeBitCast(Value.self as Any.Type, to: UInt.self)
    return unsafe (UInt(bitPattern: Unmanaged.passUnretained(local).toOpaque()), type)
  }
}
