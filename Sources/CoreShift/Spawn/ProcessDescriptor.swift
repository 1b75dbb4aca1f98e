internal import CCoreShift

/// A child process by its pidfd: to signal it, and to learn how it ended.
///
/// The pidfd is readable once the process has ended, which a reactor tells; no SIGCHLD handler is
/// involved. A pidfd never means another process, even when the number is used again.
///
/// **Dropping** an unfinished process ends it, as ``DropPolicy`` says.
public struct ProcessDescriptor: ~Copyable, Sendable {
  /// What happens to a process that has not ended, or has not been reaped, when its owner goes.
  public enum DropPolicy: Hashable, Sendable {
    /// KILL, to the whole group if the process leads one, then at most 100 ms of waiting to reap
    /// it. One that the kernel cannot end in that time, or that is traced, is reaped when a later
    /// process is spawned or dropped; beyond 64 of those, a further one stays a zombie.
    case killAndReap
    /// It runs on, and nobody reaps it: its zombie stays for as long as this process runs.
    case leave
  }

  /// Whom a signal is for.
  public enum SignalTarget: Hashable, Sendable {
    /// The process alone.
    case process
    /// Every process of the group that it leads, or of the one that it was made to join, whoever
    /// leads that; EINVAL if it does neither.
    case group
  }

  /// Whether anybody is left in the group that a process leads, or led.
  public enum GroupState: Hashable, Sendable {
    /// Nobody is, and nobody will be.
    case empty
    /// Somebody is; a zombie counts, the leader's own as well until it is reaped, and an orphan
    /// until process 1 has collected it.
    case populated
    /// Before Linux 6.9, and of a process that leads no group.
    case unknown
  }

  /// The pidfd, close-on-exec, to register with a reactor for reading.
  public let descriptor: Fd
  /// The number, also after the end; for people, since signals go through ``send(_:to:)``.
  public let pid: Int32
  /// Whether it was made the leader of a process group.
  public let leadsGroup: Bool
  /// The group that it was made to join (``SpawnOptions/ProcessGroup/join(_:)``), which is not its
  /// own: only ``send(_:to:)`` reaches it as a whole, and not an end of this process.
  public let joinedGroup: Int32?
  /// What happens when this goes; to kill and reap, unless told.
  public var dropPolicy = DropPolicy.killAndReap
  /// How it ended, once ``pollExit()`` or ``waitExit(for:)`` has learned it.
  public private(set) var exit: ExitReport?
  /// Forces the way for kernels before 6.9, which cannot signal a group through a pidfd.
  package var withoutGroupFlag = false
  /// Whether its group has a grace that goes on although it was reaped itself.
  var isGroupInGrace = false

  init(descriptor: consuming Fd, pid: Int32, leadsGroup: Bool, joinedGroup: Int32?) {
    self.descriptor = descriptor
    self.pid = pid
    self.leadsGroup = leadsGroup
    self.joinedGroup = joinedGroup
  }

  deinit {
    guard exit == nil || isGroupInGrace, dropPolicy == .killAndReap else { return }
    let number = descriptor.rawValue
    if leadsGroup {
      _ = ccoreshift_pidfd_signal_group(number, pid, Signal.kill.rawValue, withoutGroupFlag)
    }
    guard exit == nil else { return }
    _ = ccoreshift_pidfd_signal(number, Signal.kill.rawValue)
    ccoreshift_dropped_reap()
    _ = ccoreshift_pidfd_wait(number, 100_000_000)
    var ended = ccoreshift_exit()
    if unsafe ccoreshift_pidfd_reap(number, &ended) == 0 { ccoreshift_dropped_keep(pid) }
  }

  /// Reaps the process if it has ended, and tells how; nil while it runs.
  ///
  /// `waitid(P_PIDFD, WNOHANG)`, which never waits. The answer is kept: asking again gives the
  /// same. One that is traced has still to be collected by its tracer after its end; then the pidfd
  /// is readable before there is an answer, and tells of it by another edge. Where somebody else
  /// reaps (SIGCHLD is ignored) the status comes from `PIDFD_GET_INFO` (6.15), else it is
  /// ``ExitStatus/unknown``.
  public mutating func pollExit() throws(CoreError) -> ExitReport? {
    if let exit { return exit }
    var ended = ccoreshift_exit()
    let result = unsafe ccoreshift_pidfd_reap(descriptor.rawValue, &ended)
    guard try check(result, "waitid", .process(pid)) > 0 else { return nil }
    exit = ExitReport(ended)
    return exit
  }

  /// Blocks the calling OS thread until the process has ended, then reaps it; nil when the time
  /// is over first.
  ///
  /// For programs without a loop: `waitid`, or `ppoll` on the pidfd where the time is limited;
  /// repeated when interrupted, and every few milliseconds while a tracer has still to collect it.
  public mutating func waitExit(for duration: Duration? = nil) throws(CoreError) -> ExitReport? {
    if let exit { return exit }
    guard let duration else { return try waitExitForEver() }
    let end = RunningProcess.moment(after: duration)
    var pauses = GrowingPause.betweenLooks
    while true {
      let left = max(0, end - SystemCall.monotonicNanoseconds())
      let result = ccoreshift_pidfd_wait(descriptor.rawValue, left)
      guard try check(result, "ppoll", .process(pid)) > 0 else { return nil }
      if let report = try pollExit() { return report }
      guard left > 0 else { return nil }
      // It stays readable, so that no poll tells when its tracer has collected it.
      _ = ccoreshift_pidfd_wait(-1, min(left, pauses.take().nanosecondsRoundedUp))
    }
  }

  /// One system call, which waits and reaps.
  private mutating func waitExitForEver() throws(CoreError) -> ExitReport? {
    var ended = ccoreshift_exit()
    let result = unsafe ccoreshift_pidfd_reap_waiting(descriptor.rawValue, &ended)
    try check(result, "waitid", .process(pid))
    exit = ExitReport(ended)
    return exit
  }

  /// Sends a signal; a process that is gone already is fine.
  ///
  /// `pidfd_send_signal`, and for a group its flag of 6.9. Before that, the group is signalled by
  /// number, and only as long as the leader has not been reaped.
  ///
  /// A group that was joined is signalled by `kill`, and only while this process has not been
  /// reaped and is still in it, so that the number is no other group's: EINVAL where it has moved
  /// to another one. The caller is signalled as well where it is a member.
  public borrowing func send(
    _ signal: Signal, to target: SignalTarget = .process
  ) throws(CoreError) {
    let number = descriptor.rawValue
    let result: Int32
    switch target {
    case .process:
      result = ccoreshift_pidfd_signal(number, signal.rawValue)
    case .group:
      if leadsGroup {
        result = ccoreshift_pidfd_signal_group(number, pid, signal.rawValue, withoutGroupFlag)
      } else if let joinedGroup {
        result = ccoreshift_pidfd_signal_joined(number, pid, joinedGroup, signal.rawValue)
      } else {
        result = -ErrorCode.invalidArgument.rawValue
      }
    }
    guard result != -ErrorCode.noSuchProcess.rawValue else { return }
    try check(result, "pidfd_send_signal", .process(pid))
  }

  /// Asks whether anybody is left in the group that it leads, also after it was reaped.
  ///
  /// `pidfd_send_signal` with its flag of 6.9 and signal 0, which reaches nobody: the pidfd means
  /// this group and never another one of the same number. No event tells of a group's end, so ask
  /// again.
  public borrowing func pollGroup() -> GroupState {
    guard leadsGroup, !withoutGroupFlag else { return .unknown }
    return switch ccoreshift_pidfd_probe_group(descriptor.rawValue) {
    case 0, -ErrorCode.notPermitted.rawValue: .populated
    case -ErrorCode.noSuchProcess.rawValue: .empty
    default: .unknown
    }
  }

  /// Whether those who are left in the group that it leads have all ended, and nobody has collected
  /// them yet.
  ///
  /// Walks through `/proc`: less than a microsecond for each process of the machine. False where
  /// that cannot say. One that is made meanwhile by another that ends may be missed.
  package borrowing func hasOnlyZombies() -> Bool {
    leadsGroup && ccoreshift_group_lives(pid) == 0
  }

  /// Asks for the end: TERM, then CONT, because a stopped process does not see TERM; to the whole
  /// group if it leads one.
  ///
  /// As ``send(_:to:)``: EPERM where it has changed its user.
  public borrowing func requestEnd() throws(CoreError) {
    try sendWidely(.terminate)
    try sendWidely(.continue)
  }

  /// Ends the process by KILL, and with it the whole group if it leads one.
  ///
  /// As ``send(_:to:)``; the end itself is told by the pidfd.
  public borrowing func kill() throws(CoreError) {
    try sendWidely(.kill)
  }

  /// To its group if it leads one, and to itself where it has left that for another one.
  private borrowing func sendWidely(_ signal: Signal) throws(CoreError) {
    guard leadsGroup else { return try send(signal) }
    defer { if !isIn(group: pid) { try? send(signal) } }
    try send(signal, to: .group)
  }

  /// Whether it has not been reaped, and is in this group.
  package borrowing func isIn(group: Int32) -> Bool {
    exit == nil && ccoreshift_process_group(pid) == group
  }
}

extension ExitReport {
  /// What `waitid` reported; code 0 means that nobody knows.
  fileprivate init(_ ended: ccoreshift_exit) {
    switch ended.code {
    case 0: status = .unknown
    case 1: status = .exited(code: ended.status)
    default:
      // CLD_EXITED is 1, CLD_KILLED 2 and CLD_DUMPED 3.
      status = .signalled(Signal(rawValue: ended.status), coreDumped: ended.code == 3)
    }
    usage =
      ended.has_usage
      ? ResourceUsage(
        userTime: .microseconds(ended.user_microseconds),
        systemTime: .microseconds(ended.system_microseconds),
        maximumResidentBytes: Int(ended.maximum_resident_kibibytes) * 1024)
      : nil
  }
}
