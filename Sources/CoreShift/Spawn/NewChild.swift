internal import CCoreShift

/// A child that has begun, and may not have come to its exec yet.
package struct NewChild: Sendable {
  /// Its number.
  package let pid: Int32
  private let descriptor: Int32
  private let outputs: OutputNumbers

  /// This process's ends of a child's outputs; -1 for none.
  struct OutputNumbers: Sendable {
    var output: Int32
    var error: Int32
  }

  fileprivate init(pid: Int32, descriptor: Int32, outputs: OutputNumbers) {
    self.pid = pid
    self.descriptor = descriptor
    self.outputs = outputs
  }

  /// Waits until it has ended, which is true, or has written something, or `reactor` has an event,
  /// or a signal came.
  ///
  /// `poll`. Its outputs' ends must be held (``SpawnOptions/holdsOutputsOpen``): they come before
  /// its own.
  package func waitForEnd(orEventOf reactor: borrowing Reactor) -> Bool {
    ccoreshift_spawn_wait_for_end(
      descriptor, outputs.output, outputs.error, reactor.rawDescriptor)
  }
}

/// What is called with a ``NewChild``, as C passes it on.
struct Meanwhile {
  let outputs: NewChild.OutputNumbers
  let body: (NewChild) -> Bool
  /// Whether the body has seen the child's end.
  private(set) var hasSeenEnd = false

  init(_ outputs: NewChild.OutputNumbers, _ body: @escaping (NewChild) -> Bool) {
    self.outputs = outputs
    self.body = body
  }

  /// Starts the child, calling the body on the way.
  mutating func clone(
    _ request: inout ccoreshift_spawn_request, _ spawned: inout ccoreshift_spawned
  ) -> Int32 {
    unsafe withUnsafeMutablePointer(to: &self) { place in
      unsafe request.context = UnsafeMutableRawPointer(place)
      unsafe request.meanwhile = { context, pid, descriptor in
        // SAFETY: C passes on what it was given, while `clone` has it.
        guard let own = unsafe context?.assumingMemoryBound(to: Meanwhile.self) else { return }
        let child = unsafe NewChild(
          pid: pid, descriptor: descriptor, outputs: own.pointee.outputs)
        unsafe own.pointee.hasSeenEnd = own.pointee.body(child)
      }
      return unsafe ccoreshift_spawn_clone(&request, &spawned)
    }
  }
}

extension SpawnOptions {
  /// Whether a debugger, or the like, traces this OS thread.
  ///
  /// One of a child that shares the memory, and whose parent is not suspended, would be taken for
  /// one with a copy: gdb lifts its breakpoints out of it, which are then missing here.
  package static var isTraced: Bool { ccoreshift_spawn_is_traced() }
}
