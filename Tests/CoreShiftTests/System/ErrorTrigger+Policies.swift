import CoreShift

extension ErrorTrigger {
  /// Policies that have nothing to act on.
  static var policies: [() throws -> Void] {
    [
      running { $0.input = [1] },
      running { $0.match = .text("ready") },
      running { $0.sink = { _, _ in .taken } },
      running { $0.survivors = .kill },
    ]
  }

  private static func running(
    _ change: @escaping (inout RunPolicy) -> Void
  ) -> () throws -> Void {
    {
      var policy = RunPolicy()
      change(&policy)
      _ = try RunningProcess(
        spawning: SpawnOptions(["/bin/true"], backend: .clone), policy: policy)
    }
  }
}
