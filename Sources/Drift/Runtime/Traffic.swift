/// How many bytes a scheduler's descriptors have moved: sockets, pipes and terminals.
///
/// Those that a copy moves inside of the kernel are read and written as well. What goes to a file
/// or comes from it is not counted, nor what a child does with a descriptor that it was given.
struct Traffic {
  var read = 0
  var written = 0
}

extension Descriptor {
  /// Counts bytes that were read, and ends the turn of whoever has moved much.
  @inline(__always)
  func noteRead(_ count: Int) {
    events.traffic.it.read &+= count
    letOthersRun(after: count)
  }

  /// Counts bytes that were written, and ends the turn of whoever has moved much.
  @inline(__always)
  func noteWritten(_ count: Int) {
    events.traffic.it.written &+= count
    letOthersRun(after: count)
  }
}
