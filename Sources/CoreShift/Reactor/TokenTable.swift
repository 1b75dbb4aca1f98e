/// What its owner knows about each registration, by token.
///
/// An open-addressing table, at most half full. The multiplicative hash spreads tokens, which
/// count upwards, almost evenly, so that most look-ups read one slot. Removing moves later slots
/// back and leaves no tombstones: a table that lives for ever does not slow down.
@safe
public struct TokenTable<Value>: ~Copyable {
  @usableFromInline
  struct Slot {
    /// Zero for an empty slot: no token is zero.
    @usableFromInline var key: UInt64
    @usableFromInline var value: Value?

    @inlinable
    init(key: UInt64, value: Value?) {
      self.key = key
      self.value = value
    }
  }

  /// Exactly `mask + 1` initialised slots, owned by this table.
  @usableFromInline var slots: UnsafeMutablePointer<Slot>
  /// The capacity, a power of two, less one.
  @usableFromInline var mask: Int
  /// 64 less the logarithm of the capacity.
  @usableFromInline var shift: UInt64
  @usableFromInline var storedCount: Int

  /// How many tokens have a value.
  @inlinable public var count: Int { storedCount }

  /// Makes an empty table.
  @inlinable
  public init() {
    unsafe slots = TokenTable.allocate(16)
    mask = 15
    shift = 60
    storedCount = 0
  }

  @inlinable
  deinit {
    unsafe slots.deinitialize(count: mask + 1)
    unsafe slots.deallocate()
  }

  /// The value of `token`; storing nil removes it.
  @inlinable
  public subscript(token: Token) -> Value? {
    get {
      // SAFETY: `slot(of:)` is within the capacity.
      let slot = unsafe slots + slot(of: token.rawValue)
      return unsafe slot.pointee.key == token.rawValue ? slot.pointee.value : nil
    }
    set {
      guard let newValue else {
        remove(token)
        return
      }
      insert(newValue, for: token)
    }
  }

  /// Whether `token` has a value.
  @inlinable
  public func contains(_ token: Token) -> Bool {
    // Token zero would match an empty slot.
    unsafe token.rawValue != 0 && slots[slot(of: token.rawValue)].key == token.rawValue
  }

  /// Removes and returns the value of `token`; nil when it has none.
  @inlinable
  @discardableResult
  public mutating func remove(_ token: Token) -> Value? {
    guard contains(token) else { return nil }
    let hole = slot(of: token.rawValue)
    // SAFETY: every index below is masked by the capacity.
    let value = unsafe slots[hole].value
    closeGap(at: hole)
    storedCount -= 1
    return value
  }

  /// Sets the value of `token`, which must not be zero.
  @inlinable
  public mutating func insert(_ value: Value, for token: Token) {
    precondition(token.rawValue != 0, "token zero names no registration")
    if storedCount * 2 > mask { grow() }
    let index = slot(of: token.rawValue)
    // SAFETY: `slot(of:)` is within the capacity.
    unsafe (slots + index).pointee.value = value
    guard unsafe slots[index].key == 0 else { return }
    unsafe slots[index].key = token.rawValue
    storedCount += 1
  }

  /// Calls `body` with every token and value, in no order that means anything.
  @inlinable
  public func forEach(_ body: (Token, Value) -> Void) {
    for index in 0...mask {
      // SAFETY: the slots 0...mask are initialised.
      guard let value = unsafe slots[index].value else { continue }
      body(Token(rawValue: unsafe slots[index].key), value)
    }
  }

  /// The slot that holds `key`, or the empty one where it would go.
  @inlinable
  func slot(of key: UInt64) -> Int {
    var index = home(of: key)
    // SAFETY: the index is masked, and the table always has an empty slot to stop at.
    while unsafe slots[index].key != key && slots[index].key != 0 {
      index = (index + 1) & mask
    }
    return index
  }

  /// The slot where the search for `key` begins (Fibonacci hashing).
  @inlinable
  func home(of key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> shift)
  }

  /// Moves later slots of the run back over `hole`, so that no search stops too early.
  @inlinable
  mutating func closeGap(at hole: Int) {
    var hole = hole
    var index = (hole + 1) & mask
    while unsafe slots[index].key != 0 {
      let home = unsafe home(of: slots[index].key)
      // The slot may move when the hole lies between its home and its place.
      if (index - home) & mask >= (index - hole) & mask {
        unsafe slots[hole] = slots[index]
        hole = index
      }
      index = (index + 1) & mask
    }
    unsafe slots[hole] = Slot(key: 0, value: nil)
  }

  @inlinable
  mutating func grow() {
    let old = unsafe slots
    let oldCapacity = mask + 1
    unsafe slots = TokenTable.allocate(oldCapacity * 2)
    mask = oldCapacity * 2 - 1
    shift -= 1
    for index in 0..<oldCapacity where unsafe old[index].key != 0 {
      unsafe slots[slot(of: old[index].key)] = old[index]
    }
    unsafe old.deinitialize(count: oldCapacity)
    unsafe old.deallocate()
  }

  @inlinable
  static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Slot> {
    let slots = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
    unsafe slots.initialize(repeating: Slot(key: 0, value: nil), count: capacity)
    return unsafe slots
  }
}

// SAFETY: it owns its slots, and is moved, never shared.
extension TokenTable: @unchecked Sendable where Value: Sendable {}
