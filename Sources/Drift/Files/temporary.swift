public import CoreShift
internal import GreenThreads

/// Runs `body` with a new, empty file that only this user may open, and removes it afterwards.
///
/// Parks.
///
/// - Parameters:
///   - directory: where; nil for `TMPDIR`, or `/tmp` without one.
///   - body: gets the file, open for reading and writing, and its path.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; `CoreError` when it cannot be made; `Cancelled`.
@discardableResult
public func withTemporaryFile<Value>(
  in directory: RawString? = nil, _ body: (File, RawString) throws -> Value
) throws -> Value {
  let parent = directory ?? temporaryDirectory
  let (name, opened) = try changingDisk("temporary file") {
    try TemporaryName.makeFile(in: DirectoryDescriptor(opening: parent), permissions: 0o600)
  }
  let path = parent.appending(name)
  let file = File(opened)
  defer {
    file.close()
    // It may have been renamed or removed by `body`, which is its right.
    try? cleaningDisk("remove \(path)") { try DirectoryDescriptor.working.removeFile(path) }
  }
  return try body(file, path)
}

/// Runs `body` with a new, empty directory that only this user may open, and removes it afterwards,
/// with all that is in it.
///
/// Parks.
///
/// - Parameters:
///   - directory: where; nil for `TMPDIR`, or `/tmp` without one.
///   - body: gets its path.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; `CoreError` when it cannot be made, or not removed after `body`
///   has succeeded; `Cancelled`.
@discardableResult
public func withTemporaryDirectory<Value>(
  in directory: RawString? = nil, _ body: (RawString) throws -> Value
) throws -> Value {
  let parent = directory ?? temporaryDirectory
  let path = try changingDisk("temporary directory") { try makeTemporaryDirectory(in: parent) }
  let value: Value
  do {
    value = try body(path)
  } catch {
    // The first error is the one to report.
    try? withCancellationShield { try Directory.removeTree(path) }
    throw error
  }
  try withCancellationShield { try Directory.removeTree(path) }
  return value
}

private func makeTemporaryDirectory(in parent: RawString) throws(CoreError) -> RawString {
  while true {
    let path = parent.appending(TemporaryName.random())
    do {
      try DirectoryDescriptor.working.makeDirectory(path, permissions: 0o700)
      return path
    } catch {
      if error.code != .alreadyExists { throw error }
    }
  }
}

private var temporaryDirectory: RawString {
  let named = ProcessEnvironment.value(of: "TMPDIR")
  return if let named, named.count > 0 { named } else { "/tmp" }
}
