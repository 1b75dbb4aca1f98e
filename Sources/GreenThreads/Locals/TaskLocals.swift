/// Whom a binding of Swift's `@TaskLocal` belongs to, where no Swift task runs.
public enum TaskLocals: Sendable, Equatable {
  /// The OS thread, as Swift has it: what one green thread binds around a wait shows through in all
  /// others.
  ///
  /// So bind a task-local only around code that does not park, or use ``GreenThread/Local``.
  case shared
  /// The green thread that has bound it, and those that are spawned meanwhile, which inherit a copy
  /// of what their spawner has bound.
  ///
  /// What `Logger` contexts and tracing need. `run` then sees to it that this Swift runtime keeps
  /// task-locals in the way that is relied on, and throws ``TaskLocalsUnavailable`` if not; what
  /// was bound around `run` is inherited by its body. Costs some nanoseconds a switch, and where
  /// something is bound some 100 ns a binding and spawn. A closure that runs on another OS thread
  /// inherits nothing, nor does a green thread that a Swift task's job spawns.
  case perThread
}

/// Green threads cannot have task-locals of their own here.
public struct TaskLocalsUnavailable: Error, Equatable, CustomStringConvertible {
  /// What is in the way.
  public let explanation: String

  init(_ explanation: String) {
    self.explanation = explanation
  }

  /// One line for a person.
  public var description: String { "no task-locals for each green thread: \(explanation)" }
}
