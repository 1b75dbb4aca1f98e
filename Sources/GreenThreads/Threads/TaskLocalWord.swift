internal import CGreenThreads

/// The word in which the Swift runtime keeps what is bound to task-locals on one OS thread.
///
/// A green thread's own list stands in it while it runs, and in its record otherwise.
@safe
struct TaskLocalWord {
  // SAFETY: lives as long as the scheduler's OS thread, on which alone it is used.
  private let address: UnsafeMutablePointer<UInt>

  /// The calling OS thread's, once it is known how this Swift runtime uses it.
  ///
  /// - Throws: ``TaskLocalsUnavailable``, also in a Swift task, which has a list of its own.
  init() throws(TaskLocalsUnavailable) {
    if unsafe cgreenthreads_current_task() != nil {
      throw TaskLocalsUnavailable("`run` was called in a Swift task, whose task-locals all share")
    }
    let index = try TaskLocalLayout.wordIndex.get()
    // To read one makes this OS thread's block, if it is made late.
    _ = TaskLocalWord.touched.get()
    let words = unsafe TaskLocalLayout.block
    guard let base = words.baseAddress, index < words.count else {
      throw TaskLocalsUnavailable("this OS thread has no word for them")
    }
    unsafe address = base + index
  }

  private static let touched = TaskLocal<Bool>(wrappedValue: false)

  /// What is bound now, as a list; 0 for nothing.
  var list: UInt {
    get { unsafe address.pointee }
    nonmutating set { unsafe address.pointee = newValue }
  }

  /// A list of its own with what is bound now.
  func copyOfList() -> UInt {
    let original = list
    if original == 0 { return 0 }
    let bindings = TaskLocalBinding.all(in: original)
    list = 0
    // The newest come first, and those that they hide need no copy.
    for index in bindings.indices.reversed() {
      let key = bindings[index].key
      if !bindings[..<index].contains(where: { $0.key == key }) { bindings[index].bindCopy() }
    }
    defer { list = original }
    return list
  }

  /// Ends all bindings of the list that is in force: of a copy, whose owner has ended.
  func endList() {
    while list != 0 { cgreenthreads_pop_task_local() }
  }

  /// Ends all bindings of a list that is not in force.
  func end(_ copy: UInt) {
    let current = list
    list = copy
    endList()
    list = current
  }
}

/// One value that is bound to a task-local.
struct TaskLocalBinding {
  let key: UInt
  private let type: Any.Type
  private let address: UInt

  /// Those of a list, the newest first.
  static func all(in list: UInt) -> [TaskLocalBinding] {
    let layout = TaskLocalLayout.known
    var bindings: [TaskLocalBinding] = []
    var next = word(at: list)
    // Marks in the lower bits would be of a kind that lists off tasks do not have: there it ends.
    while next != 0 && next % 8 == 0 {
      let type = word(at: next + UInt(layout.type))
      // SAFETY: `TaskLocalLayout` has seen that a type stands there.
      let binding = unsafe TaskLocalBinding(
        key: word(at: next + UInt(layout.key)), type: unsafeBitCast(type, to: Any.Type.self),
        address: next)
      bindings.append(binding)
      next = word(at: next)
    }
    return bindings
  }

  private static func word(at address: UInt) -> UInt {
    // SAFETY: part of a list or a binding, as `TaskLocalLayout` has seen that they are.
    unsafe UnsafePointer<UInt>(bitPattern: address)?.pointee ?? 0
  }

  /// Binds a copy of the value to the same task-local, in the list that is in force.
  func bindCopy() {
    func bind<Value>(_: Value.Type) {
      let mask = UInt(MemoryLayout<Value>.alignment - 1)
      // The runtime aligns it within the binding, which is itself aligned as `malloc` does.
      let place = address + (UInt(TaskLocalLayout.known.value) + mask) & ~mask
      // SAFETY: the binding holds a value of this type there. The copy is moved out of `copy`; the
      // bytes in `lent` stay the binding's value, and so are not destroyed.
      guard let value = unsafe UnsafePointer<Value>(bitPattern: place) else { return }
      let copy = UnsafeMutablePointer<Value>.allocate(capacity: 1)
      let lent = UnsafeMutablePointer<Value>.allocate(capacity: 1)
      if place & mask == 0 {
        unsafe copy.initialize(to: value.pointee)
      } else {
        unsafe UnsafeMutableRawPointer(lent).copyMemory(
          from: value, byteCount: MemoryLayout<Value>.size)
        unsafe copy.initialize(to: lent.pointee)
      }
      unsafe lent.deallocate()
      guard let key = unsafe UnsafeRawPointer(bitPattern: key) else { return }
      guard let type = unsafe UnsafeRawPointer(bitPattern: word) else { return }
      unsafe cgreenthreads_push_task_local(key, copy, type)
      unsafe copy.deallocate()
    }
    let word = unsafe unsafeBitCast(type, to: UInt.self)
    _openExistential(type, do: bind)
  }
}

extension Reference where Record == SchedulerState {
  /// Puts the task-locals of `next` in place of those of `thread`.
  func exchangeTaskLocals(of thread: ThreadReference, for next: ThreadReference) {
    guard let word = it.taskLocals else { return }
    thread.it.taskLocals = word.list
    word.list = next.it.taskLocals
  }

  /// What one who is being spawned gets of what its spawner has bound; nothing in a Swift task's
  /// job, where the runtime would bind the copies to the task.
  @inline(never)
  func inheritedTaskLocals() -> UInt {
    guard let word = it.taskLocals, unsafe cgreenthreads_current_task() == nil else { return 0 }
    return word.copyOfList()
  }

  /// Ends what `thread` has inherited: its body, which runs on its own stack, has ended.
  @inline(never)
  func endTaskLocals() {
    it.taskLocals?.endList()
  }

  /// Ends what `thread` has inherited, which never began.
  func dropTaskLocals(of thread: ThreadReference) {
    it.taskLocals?.end(thread.it.taskLocals)
    thread.it.taskLocals = 0
  }
}
