internal import CoreShift
public import GreenThreads

// The three primitives on which every waiting operation of this module stands. Their contract:
// try the system call first, and park only when it would block. An edge that came before is
// replayed once, so a park may return although there is nothing: try again, and park again.

/// Parks until `descriptor` may be readable.
///
/// - Throws: ``/GreenThreads/Cancelled``; ``/GreenThreads/ResourceClosed``;
///   ``/GreenThreads/ResourceBusy`` when another green thread waits to read, which is not
///   disturbed.
public func parkRead(_ descriptor: Descriptor) throws {
  try descriptor.waitToRead()
}

/// Parks until `descriptor` may be writable.
///
/// - Throws: ``/GreenThreads/Cancelled``; ``/GreenThreads/ResourceClosed``;
///   ``/GreenThreads/ResourceBusy`` when another green thread waits to write, which is not
///   disturbed.
public func parkWrite(_ descriptor: Descriptor) throws {
  try descriptor.waitToWrite()
}

/// Parks until a point in time; returns at once when it has passed.
///
/// - Throws: ``/GreenThreads/Cancelled``.
public func parkTimer(until deadline: Instant) throws {
  try GreenThread.sleep(until: deadline)
}

/// Parks until a descriptor of somebody else's, such as a C library's, is readable.
///
/// It is registered for this one wait and forgotten afterwards: the number may be closed and used
/// again between calls, but not during one. Costs three system calls.
///
/// - Throws: ``/GreenThreads/Cancelled``; `CoreError` of `epoll_ctl_add`, such as EEXIST when
///   somebody waits for it already.
public func parkRead(rawDescriptor: Int32) throws {
  let descriptor = try Descriptor(watching: rawDescriptor)
  defer { descriptor.close() }
  try descriptor.waitToRead()
}

/// Parks until a descriptor of somebody else's is writable; see ``parkRead(rawDescriptor:)``.
///
/// - Throws: ``/GreenThreads/Cancelled``; `CoreError` of `epoll_ctl_add`.
public func parkWrite(rawDescriptor: Int32) throws {
  let descriptor = try Descriptor(watching: rawDescriptor)
  defer { descriptor.close() }
  try descriptor.waitToWrite()
}
