/// The values that lie in a channel, first in, first out.
@usableFromInline
@safe
struct Ring<Element: ~Copyable> {
  // SAFETY: `capacity` places, of which `count` from `head` on, wrapping round, are initialised.
  @usableFromInline var places: UnsafeMutablePointer<Element>?
  @usableFromInline var capacity = 0
  @usableFromInline var head = 0
  @usableFromInline var count = 0

  @inlinable
  init() {
    unsafe places = nil
  }

  /// Appends; there must be room for one more by the caller's own limit.
  @inlinable
  mutating func append(_ value: consuming Element) {
    if count == capacity { grow() }
    var index = head + count
    if index >= capacity { index -= capacity }
    unsafe places?.advanced(by: index).initialize(to: value)
    count += 1
  }

  /// Takes out the first, if there is one.
  @inlinable
  mutating func takeFirst() -> Element? {
    guard count > 0, let places = unsafe places else { return nil }
    let first = unsafe places + head
    head = head + 1 == capacity ? 0 : head + 1
    count -= 1
    return unsafe first.move()
  }

  @inlinable
  @inline(never)
  mutating func grow() {
    let larger = max(8, capacity * 2)
    let moved = UnsafeMutablePointer<Element>.allocate(capacity: larger)
    if let places = unsafe places {
      let firstPart = min(count, capacity - head)
      unsafe moved.moveInitialize(from: places + head, count: firstPart)
      unsafe (moved + firstPart).moveInitialize(from: places, count: count - firstPart)
      unsafe places.deallocate()
    }
    unsafe places = moved
    capacity = larger
    head = 0
  }

  /// Destroys what still lies in it.
  @inlinable
  mutating func deallocate() {
    while let value = takeFirst() { _ = consume value }
    unsafe places?.deallocate()
    unsafe places = nil
    capacity = 0
  }
}
