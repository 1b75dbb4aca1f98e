internal import CoreShift

/// What a reactor's token stands for in Drift: somebody who is told of its events.
class ReadinessTarget {
  /// Takes an event in, on the scheduler's loop: wakes who waits, parks nobody.
  func note(_ event: Event) {}
}
