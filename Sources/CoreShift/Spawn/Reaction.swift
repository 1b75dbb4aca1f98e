/// What happens to a running process when something is up with it.
public enum Reaction: Hashable, Sendable {
  /// Nothing: it is only flagged.
  case none
  /// TERM, then CONT, and KILL to what is left after the grace; to the whole group if the process
  /// leads one.
  case end(grace: Duration)
  /// KILL at once; to the whole group if the process leads one.
  case kill

  /// An end with two seconds of grace.
  public static var gracefulEnd: Reaction { .end(grace: .seconds(2)) }
}

/// How a process is run: what it is fed, what is kept, and when it must end.
public struct RunPolicy {
  /// What happens to the rest of the process's group once the process itself has ended.
  public enum SurvivorPolicy: Hashable, Sendable {
    /// They live on.
    case letLive
    /// KILL, before the process is reaped. EINVAL for a process that leads no group.
    case kill
  }

  /// What is written to a standard input that is a pipe, or typed on one that is a terminal;
  /// EINVAL for any other.
  public var input: [UInt8] = []
  /// When that input ends; on request, ``RunningProcess/feed(_:on:)`` gives more.
  ///
  /// The end of a terminal's input is only that nothing more is typed: the child notices nothing.
  public var inputEnd = InputEnd.afterLastByte
  /// How much of the outputs is kept, and how much is done in one turn.
  public var limits = DrainLimits()
  /// What takes the outputs as they come; nil keeps them, within the limits.
  ///
  /// EINVAL where no output is a pipe or a terminal.
  public var sink: OutputSink?
  /// What to look for in the standard output, which is closed once it is found.
  ///
  /// EINVAL where that is neither a pipe nor a terminal.
  public var match: OutputMatch?
  /// What happens on a match, besides.
  public var onMatch = Reaction.none
  /// What happens to the process when its outputs pass a limit; what is kept then is for
  /// ``DrainLimits/overflow`` to say.
  public var onOverflow = Reaction.none
  /// How long the process may run, from the spawn on; nil for ever.
  public var timeout: Duration?
  /// What happens when that time is over; `.none` only flags it and leaves the process running,
  /// and the caller in control.
  public var onTimeout = Reaction.gracefulEnd
  /// How long the pipes may stay open after the process has ended, because a descendant of it
  /// holds them.
  public var pipeLinger = Duration.milliseconds(100)
  /// What happens to its descendants after it has ended.
  public var survivors = SurvivorPolicy.letLive
  /// What happens to a process whose owner goes before it has ended.
  public var onDrop = ProcessDescriptor.DropPolicy.killAndReap

  /// Runs to the end, feeds nothing and keeps 1 MiB, unless told otherwise.
  public init() {}
}

@available(*, unavailable, message: "a policy may hold closures")
extension RunPolicy: Sendable {}
