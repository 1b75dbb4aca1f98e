/// A variable behind a pointer, for what a class changes on every operation.
///
/// Swift checks each access to a class's stored property for overlaps at run time, some 5 ns a
/// time. Here nothing can overlap that matters: green threads of one OS thread take turns, and none
/// parks while it is inside an access.
@safe
struct Cell<Value: ~Copyable> {
  // SAFETY: initialised from `init` to `destroy`, which its owner calls once, in its deinit.
  private let pointer: UnsafeMutablePointer<Value>

  init(_ value: consuming Value) {
    unsafe pointer = .allocate(capacity: 1)
    unsafe pointer.initialize(to: value)
  }

  func destroy() {
    unsafe pointer.deinitialize(count: 1)
    unsafe pointer.deallocate()
  }

  /// Where `part`, which is one of this variable's, lies until `destroy`: for what is changed while
  /// somebody parks, which is inside no access.
  @inline(__always)
  func place<Part>(of part: inout Part) -> UnsafeMutablePointer<Part> {
    // SAFETY: what `it` gives is the variable itself, and no copy.
    unsafe withUnsafeMutablePointer(to: &part) { unsafe $0 }
  }

  var it: Value {
    @inline(__always) unsafeAddress { unsafe UnsafePointer(pointer) }
    @inline(__always) nonmutating unsafeMutableAddress { unsafe pointer }
  }
}
