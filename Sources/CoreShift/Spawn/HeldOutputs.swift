/// The child's own ends of its outputs' pipes, kept in this process.
///
/// As long as they are open no reader sees the end of an output, though the child may have closed
/// it: only the child's own end is told of.
@usableFromInline
package struct HeldOutputs: ~Copyable, Sendable {
  var output: Fd?
  var error: Fd?
}
