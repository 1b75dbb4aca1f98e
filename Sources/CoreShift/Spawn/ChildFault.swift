/// Makes one call between a child's clone and its exec fail, for tests of what is left behind.
package struct ChildFault: Hashable, Sendable {
  /// Which of the calls that an option needs, from 1, in the order in which the child makes them.
  package var position: Int32
  /// What the call answers; it is not made.
  package var code: ErrorCode

  package init(position: Int32, code: ErrorCode) {
    self.position = position
    self.code = code
  }
}
