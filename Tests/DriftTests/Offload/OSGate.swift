import CoreShift

/// Holds OS threads until it is opened; then it stays open.
final class OSGate: Sendable {
  private let count: EventDescriptor

  init() {
    do {
      count = try EventDescriptor()
      try count.descriptor.setBlockingMode(.blocking)
    } catch {
      fatalError("no gate: \(error)")
    }
  }

  func open() {
    do { try count.add(1) } catch { fatalError("a gate does not open: \(error)") }
  }

  func wait() {
    do {
      _ = try count.take()
      try count.add(1)
    } catch {
      fatalError("a gate cannot be waited for: \(error)")
    }
  }
}
