extension Fd {
  /// Lends `rawValue` as an `Fd` that closes nothing, whether `body` returns or throws.
  ///
  /// For an owner that must keep the number apart from its `Fd`. The descriptor must stay open
  /// until `body` is over. Costs nothing once inlined.
  @inlinable
  @inline(__always)
  package static func borrowing<Result: ~Copyable>(
    _ rawValue: Int32, _ body: (borrowing Fd) throws(CoreError) -> Result
  ) throws(CoreError) -> Result {
    let descriptor = Fd(owning: rawValue)
    do {
      let result = try body(descriptor)
      _ = descriptor.release()
      return result
    } catch {
      _ = descriptor.release()
      throw error
    }
  }
}
