internal import CGreenThreads

/// The return addresses on green threads' stacks, by their frame pointers.
enum StackWalk {
  /// No report shows more of one stack.
  static let deepest = 32

  /// Writes those of `thread`, on whose stack the caller is.
  ///
  /// - Returns: here and below, how many, at most ``deepest``; none for one whose body has not
  ///   begun.
  static func walkCaller(
    _ thread: ThreadReference, into addresses: UnsafeMutablePointer<UInt>
  ) -> Int {
    // SAFETY: here and below, reads nothing outside the stack, which is mapped as long as the
    // record names it.
    guard let (bottom, top) = unsafe bounds(of: thread) else { return 0 }
    return unsafe cgreenthreads_walk_own(bottom, top, addresses, deepest)
  }

  /// Writes those of `thread`, which does not run.
  static func walk(
    _ thread: ThreadReference, of scheduler: SchedulerReference,
    into addresses: UnsafeMutablePointer<UInt>
  ) -> Int {
    guard let (bottom, top) = unsafe bounds(of: thread) else { return 0 }
    if thread == scheduler.it.host {
      // Its frames go on below, as those of the loop that waits there.
      let frame = unsafe UInt(bitPattern: scheduler.it.hostFrame)
      return unsafe cgreenthreads_walk(0, frame, bottom, top, addresses, deepest)
    }
    guard let saved = unsafe thread.it.stackPointer else { return 0 }
    return unsafe cgreenthreads_walk_saved(saved, bottom, top, addresses, deepest)
  }

  /// Writes those of `thread`, which was running when its OS thread was stopped at `held`.
  static func walk(
    _ thread: ThreadReference, heldAt held: HeldThread.Place,
    into addresses: UnsafeMutablePointer<UInt>
  ) -> Int {
    guard let (bottom, top) = unsafe bounds(of: thread) else { return 0 }
    return unsafe cgreenthreads_walk(held.pc, held.frame, bottom, top, addresses, deepest)
  }

  private static func bounds(
    of thread: ThreadReference
  ) -> (bottom: UnsafeMutableRawPointer, top: UnsafeMutableRawPointer)? {
    let label = unsafe thread.it.label
    guard thread.it.hasBegun, let stack = unsafe label.stack else { return nil }
    let size = unsafe StackClass(shift: label.stack_shift).reservation
    return unsafe (stack + StackClass.guardSize, stack + size)
  }
}

/// One return address, with the name of its function if one can be found.
public struct StackFrame: Sendable, Equatable {
  /// The address to which the call would return.
  public let address: UInt
  /// The function, demangled; nil where the program exports no symbol for it.
  public let function: String?
  /// The file that it was loaded from.
  public let image: String?
  /// How far from that file's beginning the call is: what `addr2line -e` takes.
  public let offset: UInt

  /// Looks the address up.
  ///
  /// The first time it takes a hundred microseconds or so, for it searches the symbols.
  public init(at address: UInt) {
    self.address = address
    var image: UnsafePointer<CChar>?
    var offset: UInt = 0
    // A return address is behind its call, and may be the beginning of the next function.
    let length = 400
    function = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: length) { name in
      guard let start = name.baseAddress else { return nil }
      let count = unsafe cgreenthreads_name_symbol(
        address &- 1, start, length, &image, &offset)
      if count == 0 { return nil }
      return unsafe start.withMemoryRebound(to: UInt8.self, capacity: count) {
        unsafe String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
      }
    }
    self.image = unsafe image.map { unsafe String(cString: $0) }
    self.offset = offset
  }

  /// Names nothing, for when there is no time to search.
  init(unnamed address: UInt) {
    self.address = address
    (function, image, offset) = (nil, nil, 0)
  }

  /// `function (file + 0x1234)`.
  public var description: String {
    let file = image.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    let place = file.map { "\($0) + 0x\(String(offset, radix: 16))" }
    switch (function, place) {
    case (let function?, let place?): return "\(function) (\(place))"
    case (nil, let place?): return place
    default: return "0x\(String(address, radix: 16))"
    }
  }
}

extension StackFrame: CustomStringConvertible {}
