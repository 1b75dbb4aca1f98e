/// Room for what a snapshot copies, made beforehand, so that copying allocates nothing.
@safe
final class Capture {
  // SAFETY: `capacity` images and as many times `StackWalk.deepest` addresses, of which the first
  // `count` images and their addresses are initialised.
  private let images: UnsafeMutablePointer<ThreadImage>
  private let addresses: UnsafeMutablePointer<UInt>
  // SAFETY: `mostObservations`, of which the first `observationCount` are initialised; trivial.
  private let observed: UnsafeMutablePointer<(name: StaticString, count: Int)>
  private var observationCount = 0
  private let capacity: Int
  private(set) var count = 0
  private(set) var isTruncated = false
  private(set) var isDegraded = false

  private(set) var liveThreads = 0
  private(set) var now = Instant.zero
  private(set) var nextDeadline: Instant?
  private(set) var timerCount = 0
  private(set) var counters = Counters()

  /// The memory is only touched where it is used, but all of it must be granted.
  private static let mostThreads = 1 << 21
  private static let mostObservations = 16

  init(capacity: Int) {
    self.capacity = min(max(1, capacity), Self.mostThreads)
    unsafe images = .allocate(capacity: self.capacity)
    unsafe addresses = .allocate(capacity: self.capacity * StackWalk.deepest)
    unsafe observed = .allocate(capacity: Self.mostObservations)
  }

  deinit {
    unsafe images.deallocate()
    unsafe addresses.deallocate()
    unsafe observed.deallocate()
  }

  /// Copies all, on the scheduler's own OS thread; `caller` is the green thread that asks, if any.
  func fill(from scheduler: SchedulerReference, by caller: ThreadReference?) {
    fillRest(from: scheduler, at: scheduler.now)
    let caller = caller == scheduler.it.loop ? nil : caller
    // First, for there is room for one: whatever is left out, it is not the one that runs.
    if let caller {
      _ = unsafe add(caller, isRunning: true) { unsafe StackWalk.walkCaller(caller, into: $0) }
    }
    isTruncated = !addOthers(than: caller, from: scheduler, atMost: .max)
  }

  /// Copies all, on another OS thread while the scheduler's own one is held.
  ///
  /// What is read may be half changed, so no list is followed for ever.
  func fill(from scheduler: SchedulerReference, heldAt place: HeldThread.Place) {
    // Not the source's own time: a source may have been stopped while it held a lock.
    fillRest(from: scheduler, at: scheduler.it.lastTime)
    let running = scheduler.runner
    isDegraded = running != nil
    addRunning(from: scheduler, heldAt: place)
    isTruncated = !addOthers(than: running, from: scheduler, atMost: 16 * capacity + 1024)
  }

  /// Copies the one that runs, if one does.
  func fillWithRunning(from scheduler: SchedulerReference, heldAt place: HeldThread.Place) {
    guard let running = scheduler.runner, running != scheduler.it.loop else { return }
    fillRest(from: scheduler, at: scheduler.it.lastTime)
    addRunning(from: scheduler, heldAt: place)
  }

  private func fillRest(from scheduler: SchedulerReference, at now: Instant) {
    liveThreads = scheduler.it.liveThreads
    self.now = now
    nextDeadline = scheduler.it.timers.earliest
    timerCount = scheduler.it.timers.count
    counters = scheduler.countersNow
    // A closure of its own, not the method as a value: that would be allocated.
    scheduler.it.source.observe { name, count in note(name, count) }
  }

  private func note(_ name: StaticString, _ count: Int) {
    guard observationCount < Self.mostObservations else { return }
    unsafe (observed + observationCount).initialize(to: (name, count))
    observationCount += 1
  }

  /// What the event source has said about itself.
  var observations: [(name: String, count: Int)] {
    (0..<observationCount).map { index in
      let (name, count) = unsafe observed[index]
      return ("\(name)", count)
    }
  }

  private func addRunning(from scheduler: SchedulerReference, heldAt place: HeldThread.Place) {
    guard let running = scheduler.runner, running != scheduler.it.loop else { return }
    _ = unsafe add(running, isRunning: true) {
      unsafe StackWalk.walk(running, heldAt: place, into: $0)
    }
  }

  /// False when some were left out.
  private func addOthers(
    than first: ThreadReference?, from scheduler: SchedulerReference, atMost steps: Int
  ) -> Bool {
    scheduler.forEachThread(atMost: steps) { thread in
      if thread == first { return true }
      return unsafe add(thread, isRunning: false) {
        unsafe StackWalk.walk(thread, of: scheduler, into: $0)
      }
    } orDelayed: { delayed in
      add(ThreadImage(of: delayed))
    }
  }

  /// False when there is no room.
  private func add(
    _ thread: ThreadReference, isRunning: Bool, _ walk: (UnsafeMutablePointer<UInt>) -> Int
  ) -> Bool {
    guard count < capacity else { return false }
    var image = ThreadImage(of: thread, isRunning: isRunning)
    image.frameCount = unsafe walk(addresses + count * StackWalk.deepest)
    return add(image)
  }

  /// False when there is no room.
  private func add(_ image: ThreadImage) -> Bool {
    guard count < capacity else { return false }
    unsafe (images + count).initialize(to: image)
    count += 1
    return true
  }

  func image(_ index: Int) -> ThreadImage {
    precondition(index < count)
    return unsafe images[index]
  }

  func stack(_ index: Int) -> [UInt] {
    let start = unsafe addresses + index * StackWalk.deepest
    return unsafe Array(UnsafeBufferPointer(start: start, count: image(index).frameCount))
  }
}

extension Reference where Record == SchedulerState {
  /// Visits the green threads that have not ended, and those that are to begin later, until one of
  /// the closures says false.
  ///
  /// - Returns: false when some were left out: by a closure, or after so many steps.
  func forEachThread(
    atMost steps: Int, _ visit: (ThreadReference) -> Bool,
    orDelayed visitDelayed: (DelayedReference) -> Bool
  ) -> Bool {
    var left = steps
    let top = it.loop.it.home
    var scope = top
    while true {
      var child = scope.it.firstChild
      while let thread = child {
        left -= 1
        if left < 0 || !visit(thread) { return false }
        child = thread.it.nextSibling
      }
      var next = scope.it.firstDelayed
      while let delayed = next {
        left -= 1
        if left < 0 || !visitDelayed(delayed) { return false }
        next = delayed.it.nextSibling
      }
      if let nested = scope.it.firstNested {
        scope = nested
      } else {
        while scope != top, scope.it.nextNested == nil, let parent = scope.it.parent {
          left -= 1
          if left < 0 { return false }
          scope = parent
        }
        guard scope != top, let sibling = scope.it.nextNested else { return true }
        scope = sibling
      }
      left -= 1
      if left < 0 { return false }
    }
  }
}
