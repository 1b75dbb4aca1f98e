/// What stands in a list of its kind, linked both ways, whose first one its scope knows.
protocol Sibling {
  var nextSibling: Reference<Self>? { get set }
  var previousSibling: Reference<Self>? { get set }
}

extension Reference where Record: Sibling {
  /// Makes it the first of a list.
  @inline(__always)
  func link(asFirst first: inout Reference?) {
    it.previousSibling = nil
    it.nextSibling = first
    first?.it.previousSibling = self
    first = self
  }

  /// Takes it out of the list that begins with `first`.
  @inline(__always)
  func unlink(from first: inout Reference?) {
    if let previous = it.previousSibling {
      previous.it.nextSibling = it.nextSibling
    } else {
      first = it.nextSibling
    }
    it.nextSibling?.it.previousSibling = it.previousSibling
  }
}

extension ThreadRecord: Sibling {}
extension DelayedRecord: Sibling {}
