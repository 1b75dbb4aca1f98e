/// A scheduler as the executor of a task that is isolated to no actor.
///
/// Beside ``SchedulerExecutor``, because a job that begins isolated to an actor's executor must
/// leave it at the first `await` of a function that is isolated to none, which costs another job.
@usableFromInline
final class TaskLane: TaskExecutor {
  let jobs: SchedulerJobs

  init(_ jobs: SchedulerJobs) {
    self.jobs = jobs
  }

  @usableFromInline
  func enqueue(_ job: consuming ExecutorJob) {
    jobs.append(UnownedJob(job), on: self)
  }
}
