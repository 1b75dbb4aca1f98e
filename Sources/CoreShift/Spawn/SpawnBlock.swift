internal import CCoreShift

/// The strings and pointer arrays that `execve` takes, in one allocation.
///
/// It begins with the pointers of argv and envp, each ended by NULL; the texts follow.
@safe
struct SpawnBlock: ~Copyable {
  typealias Text = UnsafeMutablePointer<CChar>

  /// `slotCount` initialised pointers, then `textBytes` bytes; owned by this block.
  private let base: UnsafeMutableRawPointer
  private let slotCount: Int
  private var nextSlot = 0
  private var nextText: Int

  /// The file to execute.
  private(set) var path: Text?
  /// Where the child starts, if not where the parent is.
  private(set) var workingDirectory: Text?
  /// Where argv begins.
  let arguments: UnsafeMutablePointer<Text?>
  /// Where envp begins; nil hands on this process's environment.
  private(set) var environment: UnsafeMutablePointer<Text?>?

  private init(slotCount: Int, textBytes: Int) {
    self.slotCount = slotCount
    let slotBytes = slotCount * MemoryLayout<UInt>.stride
    unsafe base = UnsafeMutableRawPointer.allocate(
      byteCount: slotBytes + textBytes, alignment: MemoryLayout<UInt>.alignment)
    unsafe arguments = base.bindMemory(to: Text?.self, capacity: slotCount)
    unsafe arguments.initialize(repeating: nil, count: slotCount)
    nextText = slotBytes
    unsafe path = nil
    unsafe workingDirectory = nil
    unsafe environment = nil
  }

  deinit {
    unsafe base.deallocate()
  }

  /// Lays out what `options` say; a NUL anywhere, or an entry without a name, is EINVAL.
  static func make(for options: SpawnOptions) throws(CoreError) -> SpawnBlock {
    var slotCount = options.arguments.count + 1
    var textBytes = 0
    for argument in options.arguments { textBytes += argument.count + 1 }
    if let executable = options.executable { textBytes += executable.count + 1 }
    if let directory = options.workingDirectory { textBytes += directory.count + 1 }
    let room = options.environment.room
    slotCount += room.slots
    textBytes += room.textBytes

    var block = SpawnBlock(slotCount: slotCount, textBytes: textBytes)
    for argument in options.arguments {
      let text = unsafe try block.place(argument, "arguments")
      unsafe block.append(text)
    }
    unsafe block.append(nil)
    unsafe block.path = block.arguments[0]
    if let executable = options.executable {
      unsafe block.path = try block.place(executable, "executable")
    }
    if let directory = options.workingDirectory {
      unsafe block.workingDirectory = try block.place(directory, "workingDirectory")
    }
    if room.slots > 0 {
      // SAFETY: `slotCount` counts the environment's slots behind those of the arguments.
      unsafe block.environment = block.arguments + block.nextSlot
      try block.append(options.environment)
    }
    return block
  }

  /// Copies a string behind the others, with a NUL.
  mutating func place(_ string: RawString, _ name: String) throws(CoreError) -> Text {
    // SAFETY: `make` has counted this string and its NUL.
    let target = unsafe (base + nextText).assumingMemoryBound(to: CChar.self)
    nextText += string.count + 1
    let result = try string.withSpan { span throws(CoreError) in
      unsafe span.withUnsafeBytes { bytes in
        unsafe ccoreshift_spawn_copy_text(target, bytes.baseAddress, bytes.count)
      }
    }
    guard result == 0 else {
      throw CoreError(operation: "spawn", code: .invalidArgument, subject: .argument(name))
    }
    return unsafe target
  }

  /// Copies `name=value`.
  mutating func place(_ name: RawString, _ value: RawString) throws(CoreError) -> Text {
    let text = unsafe try place(name, "environment")
    // SAFETY: the name's NUL is a byte of this block; the value follows it.
    unsafe text[name.count] = CChar(UInt8(ascii: "="))
    _ = unsafe try place(value, "environment")
    return unsafe text
  }

  /// Fills the next pointer.
  mutating func append(_ text: Text?) {
    // SAFETY: `make` counts the slots before it fills them.
    precondition(nextSlot < slotCount)
    unsafe arguments[nextSlot] = text
    nextSlot += 1
  }
}
