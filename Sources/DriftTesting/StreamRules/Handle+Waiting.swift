internal import Drift

extension Handle {
  /// Lets others run until this green thread waits for something, or has ended: however long that
  /// takes, and no longer.
  ///
  /// Takes no time of the scheduler's clock.
  func awaitPark() throws {
    while !isFinished && !isParked {
      GreenThread.yield()
      try GreenThread.checkCancellation()
    }
  }

  private var isParked: Bool {
    SchedulerSnapshot(limit: .max).threads.contains { $0.id == id && $0.state == .parked }
  }
}
