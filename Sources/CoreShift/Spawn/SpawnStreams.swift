internal import CCoreShift

/// What the parent opens for a child, and how it maps to the child's numbers.
///
/// The child's ends close in the parent when this goes.
struct SpawnStreams: ~Copyable {
  private(set) var mappings: [ccoreshift_spawn_mapping] = []
  var parentInput: Fd?
  var parentOutput: Fd?
  var parentError: Fd?
  private var childInput: Fd?
  private var childOutput: Fd?
  private var childError: Fd?
  private let nullDevice: Int32?
  private var null: Fd?
  var terminal: PseudoTerminal?
  private var childTerminal: Fd?
  private let terminalSize: TerminalSize

  init(_ options: borrowing SpawnOptions) throws(CoreError) {
    terminalSize = options.terminalSize
    nullDevice = options.nullDevice
    mappings.reserveCapacity(3 + options.descriptors.count)
    try Self.requireOpen(options)
    try openInput(options.standardInput)
    try openOutput(options.standardOutput)
    try openError(options.standardError)
    for mapping in options.descriptors {
      map(mapping.source, to: mapping.target)
    }
  }

  /// Looks at what the caller names before anything is opened, which would take the number of one
  /// that is closed.
  private static func requireOpen(_ options: borrowing SpawnOptions) throws(CoreError) {
    try requireOpen(options.standardInput)
    try requireOpen(options.standardOutput)
    try requireOpen(options.standardError)
    for mapping in options.descriptors { try requireOpen(mapping.source, for: "dup3") }
    if let directory = options.workingDirectoryDescriptor {
      try requireOpen(directory, for: "fchdir")
    }
  }

  private static func requireOpen(_ stream: StandardStream) throws(CoreError) {
    if case .descriptor(let number) = stream { try requireOpen(number, for: "dup3") }
  }

  private static func requireOpen(
    _ number: Int32, for operation: StaticString
  ) throws(CoreError) {
    try check(SystemCall.descriptorFlags(number), operation, .descriptor(number))
  }

  private mutating func map(_ source: Int32, to target: Int32, isOptional: Bool = false) {
    var mapping = ccoreshift_spawn_mapping()
    mapping.source = source
    mapping.target = target
    mapping.optional = isOptional ? 1 : 0
    mappings.append(mapping)
  }

  private mutating func openInput(_ stream: StandardStream) throws(CoreError) {
    guard case .pipe = stream else {
      childInput = try open(stream, as: 0)
      return
    }
    let (child, parent) = try SpawnStreams.makePipe(parentEnd: 1)
    childInput = Fd(owning: child)
    parentInput = Fd(owning: parent)
    map(child, to: 0)
  }

  private mutating func openOutput(_ stream: StandardStream) throws(CoreError) {
    guard case .pipe = stream else {
      childOutput = try open(stream, as: 1)
      return
    }
    let (child, parent) = try SpawnStreams.makePipe(parentEnd: 0)
    childOutput = Fd(owning: child)
    parentOutput = Fd(owning: parent)
    map(child, to: 1)
  }

  /// This side's ends of the outputs that are pipes, by their numbers.
  mutating func outputNumbers() -> NewChild.OutputNumbers {
    NewChild.OutputNumbers(
      output: parentOutput?.rawValue ?? -1, error: parentError?.rawValue ?? -1)
  }

  /// The child's ends of those outputs that are pipes.
  mutating func takeChildOutputs() -> HeldOutputs {
    var ends = HeldOutputs()
    if parentOutput != nil { ends.output = childOutput.take() }
    if parentError != nil { ends.error = childError.take() }
    return ends
  }

  private mutating func openError(_ stream: StandardStream) throws(CoreError) {
    guard case .pipe = stream else {
      childError = try open(stream, as: 2)
      return
    }
    let (child, parent) = try SpawnStreams.makePipe(parentEnd: 0)
    childError = Fd(owning: child)
    parentError = Fd(owning: parent)
    map(child, to: 2)
  }

  /// Maps what is no pipe; the result is a file that was opened for it.
  private mutating func open(
    _ stream: StandardStream, as target: Int32
  ) throws(CoreError) -> Fd? {
    switch stream {
    case .inherit:
      map(Self.isOwn(target) ? -1 : target, to: target, isOptional: true)
    case .descriptor(let number):
      map(number, to: target)
    case .standardOutput:
      // Standard output's mapping was made just before.
      let output = mappings[1]
      map(output.source, to: target, isOptional: output.optional != 0)
    case .null:
      if let nullDevice {
        map(nullDevice, to: target)
        break
      }
      if null == nil { null = try SpawnStreams.openNullDevice() }
      map(null?.rawValue ?? -1, to: target)
    case .file(let path, let options, let permissions):
      let opened = try Fd(
        opening: path, for: target == 0 ? .reading : .writing, options, permissions: permissions)
      let file = try Fd(result: ccoreshift_spawn_raise(opened.release()), "fcntl")
      map(file.rawValue, to: target)
      return file
    case .terminal:
      try openTerminal()
      map(childTerminal?.rawValue ?? -1, to: target)
    case .pipe:
      break
    }
    return nil
  }

  /// Whether a standard stream's number is of something that this program has opened itself.
  ///
  /// What it was started with is not close-on-exec. One that was started without a stream gives the
  /// number to the first socket or the like that it makes, which is no child's.
  private static func isOwn(_ number: Int32) -> Bool {
    let flags = SystemCall.descriptorFlags(number)
    return flags >= 0 && flags & SystemCall.closeOnExecFlag != 0
  }

  private mutating func openTerminal() throws(CoreError) {
    guard terminal == nil else { return }
    let parent = try PseudoTerminal(terminalSize)
    childTerminal = try parent.openPeer()
    terminal = consume parent
  }

  /// What ``SpawnOptions/nullDevice`` takes: for reading and writing, close-on-exec, above 2.
  static func openNullDevice() throws(CoreError) -> Fd {
    try Fd(result: ccoreshift_spawn_open_null(), "open")
  }

  /// A new pipe's ends, which nobody owns yet.
  private static func makePipe(parentEnd: Int32) throws(CoreError) -> (child: Int32, parent: Int32)
  {
    var ends: (Int32, Int32) = (-1, -1)
    let result = unsafe withUnsafeMutableBytes(of: &ends) { bytes in
      // SAFETY: a tuple of two Int32 has the layout of int[2].
      unsafe ccoreshift_spawn_pipe(bytes.assumingMemoryBound(to: Int32.self).baseAddress, parentEnd)
    }
    try check(result, "pipe2", .none)
    return parentEnd == 0 ? (ends.1, ends.0) : (ends.0, ends.1)
  }

  /// Lends the mappings to the spawn code, which sorts and annotates them.
  mutating func withMappings<Result>(
    _ body: (UnsafeMutableBufferPointer<ccoreshift_spawn_mapping>) -> Result
  ) -> Result {
    unsafe mappings.withUnsafeMutableBufferPointer { buffer in unsafe body(buffer) }
  }
}
