extension GreenThread {
  /// Runs `job`, which is no green thread's, on the caller's stack: for the job of a Swift task
  /// that begins where it is made.
  ///
  /// Nothing in it can park, which traps as on the loop's own stack. It counts as a switch; where
  /// the event source is due afterwards, others run first, so that who does this again and again
  /// starves nobody.
  package static func lendStack<Result>(to job: () -> Result) -> Result {
    let (thread, scheduler) = currentThread(for: "GreenThread.lendStack")
    scheduler.it.current = nil
    scheduler.it.lender = thread
    let result = job()
    scheduler.it.lender = nil
    scheduler.it.current = thread
    scheduler.countSwitches(1)
    if !scheduler.hasSwitchesLeft { yieldNow() }
    return result
  }
}
