internal import Drift
private import Glibc

extension RawString {
  /// The names by which this path leads to its file, each in the directory's one true path: its
  /// own, and behind symbolic links those that they lead to.
  ///
  /// Parks, as the disk may have to be waited for. A directory that is not there has no other path
  /// than the one given.
  func namesToFile() throws -> [RawString] {
    try offload("following links") {
      var names: [RawString] = []
      var next = self
      // As many as the kernel follows.
      while names.count < 40 {
        let (directory, name) = next.split
        let place = directory.truePath ?? directory
        names.append(place.appending(name))
        guard let target = place.appending(name).linkTarget else { break }
        next = target.bytes.first == UInt8(ascii: "/") ? target : place.appending(target)
      }
      return names
    }
  }

  /// The one path of a directory that is there, without any link in it.
  func directoryPath() throws -> RawString {
    try offload("following links") { truePath ?? self }
  }

  private var truePath: RawString? {
    var path = bytes.map { CChar(bitPattern: $0) } + [0]
    guard let resolved = realpath(&path, nil) else { return nil }
    defer { free(resolved) }
    return RawString(bytes: UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
  }

  private var linkTarget: RawString? {
    var path = bytes.map { CChar(bitPattern: $0) } + [0]
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(&path, &target, target.count)
    guard count > 0 else { return nil }
    return RawString(bytes: target[..<count].map { UInt8(bitPattern: $0) })
  }

  /// The directory that the last part of a path is in, and the last part; slashes at the end do
  /// not count.
  var split: (directory: RawString, name: RawString) {
    let bytes = withoutLastSlashes.bytes
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else {
      return (".", RawString(bytes: bytes))
    }
    let directory = slash == 0 ? bytes[...0] : bytes[..<slash]
    return (RawString(bytes: directory), RawString(bytes: bytes[(slash + 1)...]))
  }

  /// The same path without slashes at its end.
  var withoutLastSlashes: RawString {
    var rest = bytes[...]
    while rest.count > 1, rest.last == UInt8(ascii: "/") { rest.removeLast() }
    return RawString(bytes: rest)
  }
}
