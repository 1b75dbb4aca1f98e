internal import CoreShift

/// Finds programs on `PATH`, as a shell does, before anything is spawned.
enum ProgramSearch {
  private static let slash = UInt8(ascii: "/")
  private static let colon = UInt8(ascii: ":")

  /// The path of `program`: itself when it has a slash, else the first directory's on the `PATH` of
  /// the child's environment that has it as an executable file.
  static func path(
    of program: RawString, environment: SpawnEnvironment
  ) throws(CoreError) -> RawString {
    guard !program.contains(0) else {
      throw CoreError(
        operation: "search", code: .invalidArgument, subject: .argument("program"))
    }
    if program.contains(slash) { return program }
    let name = program.bytes
    var isForbidden = false
    if !name.isEmpty {
      for directory in searchPath(environment).split(separator: colon)
      where directory.first == slash {
        let candidate = RawString(bytes: directory + [slash] + name)
        switch Executability(of: candidate) {
        case .executable: return candidate
        case .notPermitted: isForbidden = true
        case .notFound: break
        }
      }
    }
    throw CoreError(
      operation: "search", code: isForbidden ? .permissionDenied : .notFound,
      subject: .path(program.description))
  }

  /// Without a `PATH` the usual places.
  private static func searchPath(_ environment: SpawnEnvironment) -> [UInt8] {
    let usual = Array("/usr/local/bin:/usr/bin:/bin".utf8)
    let own = ProcessEnvironment.value(of: "PATH")?.bytes
    switch environment {
    case .inherit:
      return own ?? usual
    case .replace(let entries):
      let prefix = Array("PATH=".utf8)
      let entry = entries.last { $0.bytes.starts(with: prefix) }
      return entry.map { Array($0.bytes.dropFirst(prefix.count)) } ?? own ?? usual
    case .edit(let changes):
      for change in changes.reversed() {
        switch change {
        case .set("PATH", let value): return value.bytes
        case .remove("PATH"): return own ?? usual
        default: break
        }
      }
      return own ?? usual
    }
  }
}
