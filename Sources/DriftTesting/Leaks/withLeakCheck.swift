internal import Drift

/// Runs `body`, and throws when something is left behind it that was not there before.
///
/// Parks where `body` does. For tests; to be called on a green thread.
///
/// Green threads count one by one: that one from before has ended hides no other one. So do
/// descriptors, by number and by what `/proc` says they are open on: a socket or a pipe is told
/// from every other one, but a file that is opened again under the same number is not.
///
/// Descriptors belong to the process: where tests run in parallel those of another one look like a
/// leak. Leave ``LeakKinds/descriptors`` out then, or run such tests one at a time. A first use of
/// something that stays, such as the pool of OS threads behind `offload` or the `/dev/null` of
/// children, is left behind too: use it once before.
///
/// - Parameters:
///   - kinds: what to look for.
///   - body: what must clean up after itself; what it is in the middle of elsewhere on this
///     scheduler counts as well.
/// - Returns: What `body` returns.
/// - Throws: ``LeakFound``; what `body` throws, and then nothing is looked for; `CoreError` where
///   `/proc` cannot be read.
@discardableResult
public func withLeakCheck<Value>(
  of kinds: LeakKinds = .all, _ body: () throws -> Value
) throws -> Value {
  let before = try Belongings(of: kinds)
  let value = try body()
  let leak = LeakFound(try Belongings(of: kinds), since: before)
  if leak.isEmpty { return value }
  throw leak
}
