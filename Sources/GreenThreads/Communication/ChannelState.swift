/// What a channel is without its values: who waits at either side, and whether it is closed.
///
/// Not generic, so that parking and waking are compiled once; ``Channel`` moves the values.
@usableFromInline
struct ChannelState {
  fileprivate(set) var receivers = WaitQueue()
  fileprivate(set) var senders = WaitQueue()
  @usableFromInline var isClosed = false
  fileprivate let reasonToReceive: ParkReason
  fileprivate let reasonToSend: ParkReason
  fileprivate let subject: Subject

  init(_ subject: Subject) {
    self.subject = subject
    reasonToReceive = ParkReason("to receive from channel", subject)
    reasonToSend = ParkReason("to send to channel", subject)
  }
}

@usableFromInline
typealias ChannelReference = Reference<ChannelState>

// SAFETY: a slot is a variable of the green thread that waits with it, which does not go on before
// it has been served or has taken its waiter out of the queue.
extension Reference where Record == ChannelState {
  @usableFromInline
  init(_ label: StaticString?, _ file: StaticString, _ line: UInt32) {
    self.init(holding: ChannelState(Subject(label, file, line)))
  }

  // MARK: - Receiving, when no value lies in the buffer

  /// Finds a sender that waits, or parks until a value lies in the slot of `waiter`; its outcome
  /// tells which.
  ///
  /// The switch is the last call, and nothing is returned, so that a wake leads straight to the
  /// user's frame. What serves a partner has no call in it, and saves no register.
  @usableFromInline
  @inline(never)
  func receive(_ waiter: WaiterReference, into slot: UnsafeMutableRawPointer) {
    if !beginReceive(waiter, currentThread(for: "receive").thread) {
      unsafe parkToReceive(waiter, into: slot)
    }
  }

  @inline(never)
  private func parkToReceive(_ waiter: WaiterReference, into slot: UnsafeMutableRawPointer) {
    let (thread, scheduler) = currentThread(for: "receive")
    requireNoTask("receive", on: scheduler)
    unsafe waiter.it.slot = slot
    it.receivers.append(waiter)
    park(thread, on: waiter, for: it.reasonToReceive, on: scheduler)
  }

  /// The same until `deadline`; one that has come already only asks.
  @usableFromInline
  @inline(never)
  func receive(
    _ waiter: WaiterReference, into slot: UnsafeMutableRawPointer, until deadline: Instant
  ) {
    let (thread, scheduler) = currentThread(for: "receive")
    if beginReceive(waiter, thread) { return }
    if deadline <= scheduler.now {
      waiter.it.outcome = .expired
      return
    }
    unsafe waiter.it.slot = slot
    it.receivers.append(waiter)
    park(
      thread, on: waiter, for: it.reasonToReceive, until: deadline, isCancellable: true,
      on: scheduler)
  }

  @inline(__always)
  private func beginReceive(_ waiter: WaiterReference, _ thread: ThreadReference) -> Bool {
    if thread.it.cancelledBy != 0 {
      waiter.it.outcome = .cancelled
    } else if let sender = it.senders.takeFirst() {
      meet(sender, waiter)
    } else if it.isClosed {
      waiter.it.outcome = .closed
    } else {
      return false
    }
    return true
  }

  /// Serves `partner`, whose slot the caller will use before anybody can run.
  @inline(__always)
  private func meet(_ partner: WaiterReference, _ waiter: WaiterReference) {
    unsafe waiter.it.slot = partner.it.slot
    waiter.it.outcome = .partner
    partner.serve()
  }

  // MARK: - Sending

  /// Finds room or a receiver that waits, or parks until the value in the slot of `waiter` has been
  /// taken; its outcome tells which.
  @usableFromInline
  @inline(never)
  func send(_ waiter: WaiterReference, from slot: UnsafeMutableRawPointer, hasRoom: Bool) {
    if !beginSend(waiter, hasRoom, currentThread(for: "send").thread) {
      unsafe parkToSend(waiter, from: slot)
    }
  }

  @inline(never)
  private func parkToSend(_ waiter: WaiterReference, from slot: UnsafeMutableRawPointer) {
    let (thread, scheduler) = currentThread(for: "send")
    requireNoTask("send", on: scheduler)
    unsafe waiter.it.slot = slot
    it.senders.append(waiter)
    park(thread, on: waiter, for: it.reasonToSend, on: scheduler)
  }

  /// The same until `deadline`; one that has come already only asks.
  @usableFromInline
  @inline(never)
  func send(
    _ waiter: WaiterReference, from slot: UnsafeMutableRawPointer, hasRoom: Bool,
    until deadline: Instant
  ) {
    let (thread, scheduler) = currentThread(for: "send")
    if beginSend(waiter, hasRoom, thread) { return }
    if deadline <= scheduler.now {
      waiter.it.outcome = .expired
      return
    }
    unsafe waiter.it.slot = slot
    it.senders.append(waiter)
    park(
      thread, on: waiter, for: it.reasonToSend, until: deadline, isCancellable: true,
      on: scheduler)
  }

  @inline(__always)
  private func beginSend(
    _ waiter: WaiterReference, _ hasRoom: Bool, _ thread: ThreadReference
  ) -> Bool {
    if thread.it.cancelledBy != 0 {
      waiter.it.outcome = .cancelled
    } else if it.isClosed {
      waiter.it.outcome = .closed
    } else if let receiver = it.receivers.takeFirst() {
      meet(receiver, waiter)
    } else if hasRoom {
      waiter.it.outcome = .room
    } else {
      return false
    }
    return true
  }

  // MARK: - Without waiting

  /// The slot of a sender that waited and is now runnable, for the caller to empty at once.
  @usableFromInline
  func takeSender() -> UnsafeMutableRawPointer? {
    guard let sender = it.senders.takeFirst() else { return nil }
    sender.serve()
    return unsafe sender.it.slot
  }

  /// The slot of a receiver that waited and is now runnable, for the caller to fill at once.
  @usableFromInline
  func takeReceiver() -> UnsafeMutableRawPointer? {
    guard let receiver = it.receivers.takeFirst() else { return nil }
    receiver.serve()
    return unsafe receiver.it.slot
  }

  /// The same question without an answer to serve, for ``select``.
  func hasSender() -> Bool { it.senders.hasWaiter() }
  func hasReceiver() -> Bool { it.receivers.hasWaiter() }

  // MARK: - The end of a wait

  /// Takes out of its queue a receiver that nobody has served.
  @usableFromInline
  @inline(never)
  func withdrawReceiver(_ waiter: WaiterReference) { it.receivers.remove(waiter) }

  /// Takes out of its queue a sender that nobody has served.
  @usableFromInline
  @inline(never)
  func withdrawSender(_ waiter: WaiterReference) { it.senders.remove(waiter) }

  /// What a send to it throws once it is closed.
  @usableFromInline
  var closed: ResourceClosed { ResourceClosed("channel \(it.subject.description)") }

  @usableFromInline
  func close() {
    it.isClosed = true
    it.receivers.serveAll(.closed)
    it.senders.serveAll(.closed)
  }

  // MARK: - In a select

  func enlistReceiver(_ waiter: WaiterReference) { it.receivers.append(waiter) }
  func enlistSender(_ waiter: WaiterReference) { it.senders.append(waiter) }
}
