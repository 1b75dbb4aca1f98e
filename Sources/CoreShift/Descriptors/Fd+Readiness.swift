extension Fd {
  /// Which of `interest` would not block now; `poll` without waiting.
  ///
  /// An error or a hang-up counts as readiness for reading and for writing, so that the call meets
  /// it; so does a regular file, always.
  public borrowing func readiness(for interest: Interest) throws(CoreError) -> Interest {
    let bits = SystemCall.poll(rawValue, flags: interest.rawValue | EpollFlags.peerClosed)
    let flags = UInt32(try check(bits, "poll", .descriptor(rawValue)))
    var ready = Interest(rawValue: flags)
    let isBroken = flags & (EpollFlags.hangup | EpollFlags.error) != 0
    if isBroken { ready.formUnion([.reading, .writing]) }
    if flags & EpollFlags.peerClosed != 0 { ready.insert(.reading) }
    return ready.intersection(interest)
  }
}
