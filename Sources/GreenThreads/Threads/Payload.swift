/// The place in a green thread's record that holds its closure first and its result later.
///
/// Both are moved in and out by the generic shells of `spawn` and `join`, which are compiled into
/// the caller's module; all other code sees four words.
@usableFromInline
@safe
struct Payload {
  // SAFETY: points into a record, whose slab is never unmapped; `launch` and `join` agree, by the
  // record's phase, on what lies here.
  @usableFromInline let address: UnsafeMutableRawPointer

  @inlinable
  init(_ address: UnsafeMutableRawPointer) {
    unsafe self.address = address
  }

  @inlinable static var byteCount: Int { 32 }

  @inlinable
  func put<Value: ~Copyable>(_ value: consuming Value) {
    if MemoryLayout<Value>.size <= Self.byteCount, MemoryLayout<Value>.alignment <= 8 {
      unsafe address.initializeMemory(as: Value.self, to: value)
    } else {
      let box = UnsafeMutablePointer<Value>.allocate(capacity: 1)
      unsafe box.initialize(to: value)
      unsafe address.initializeMemory(as: UnsafeMutablePointer<Value>.self, to: box)
    }
  }

  @inlinable
  func take<Value: ~Copyable>(_ type: Value.Type) -> Value {
    if MemoryLayout<Value>.size <= Self.byteCount, MemoryLayout<Value>.alignment <= 8 {
      return unsafe address.assumingMemoryBound(to: Value.self).move()
    }
    let box = unsafe address.assumingMemoryBound(to: UnsafeMutablePointer<Value>.self).pointee
    defer { unsafe box.deallocate() }
    return unsafe box.move()
  }
}

/// A body as it is stored: inside a generic struct a closure keeps the form in which
/// `spawn<Success>` received it, where storing it as a bare function type would wrap it in an
/// allocated thunk.
///
/// Not copyable, because calling a closure that could be copied retains and releases it.
@usableFromInline
struct Body<Success>: ~Copyable {
  @usableFromInline let run: () throws -> Success

  @inlinable
  init(_ run: consuming @escaping () throws -> Success) {
    self.run = run
  }

  @inlinable
  @inline(__always)
  consuming func callAsFunction() throws -> Success {
    try run()
  }

  /// What a record's `launch` does for a body of this type.
  @inlinable
  static func launch(_ step: LaunchStep, _ payload: Payload) -> (any Error)? {
    switch step {
    case .run:
      let body = payload.take(Self.self)
      do {
        payload.put(try body())
      } catch {
        return error
      }
    case .dropBody:
      _ = payload.take(Self.self)
    case .dropResult:
      _ = payload.take(Success.self)
    }
    return nil
  }
}
