private import CTestSupport

/// How many times `body` asks the C library for memory, on this OS thread.
///
/// Swift's objects, closures' contexts and error boxes all do. Zero for ever under a sanitizer.
public func allocationCount(_ body: () throws -> Void) rethrows -> Int {
  let before = ctestsupport_allocation_count()
  try body()
  return Int(ctestsupport_allocation_count() - before)
}
