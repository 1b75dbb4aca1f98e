/// What `body` throws, or nil: for places where `#expect(throws:)` cannot stand, inside another.
///
/// - Parameter body: runs at once.
/// - Returns: its error.
public func errorThrown(by body: () throws -> Void) -> (any Error)? {
  do {
    try body()
    return nil
  } catch {
    return error
  }
}
