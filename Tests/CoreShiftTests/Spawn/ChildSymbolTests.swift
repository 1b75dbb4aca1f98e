import CoreShift
import TestSupport
import Testing

// What the code between clone and exec can call at all.
//
// The child runs in the parent's memory or a copy of it, where another OS thread may hold any lock
// of the C library, and where a setter acts on the parent. Nothing of it is called, so that nothing
// has to be proved harmless.
@Suite struct ChildSymbolTests {
  /// Where the compiler put what this was linked from.
  private static let folder: String = {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
    let parts = (bundle ?? CommandLine.arguments[0]).split(
      separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast().joined(separator: "/") + "/CCoreShift.build"
  }()

  /// Copies and comparisons of memory, which a compiler writes by itself and which take no lock.
  private static let allowed: Set<Substring> = ["memcpy", "memmove", "memset", "memcmp"]

  private static let canList: Bool = {
    let listing = try? capture(["/bin/sh", "-c", "nm --version"], SpawnWay.all[0])
    return listing?.status.isSuccess == true
  }()

  /// The names of `file` that `nm` lists so.
  private func symbols(_ option: RawString, of file: String) throws -> [Substring] {
    let path = RawString("\(Self.folder)/\(file).c.o")
    let listing = try capture(
      ["/bin/sh", "-c", "nm \"$1\" \"$2\"", "nm", option, path], SpawnWay.all[0])
    try #require(listing.status.isSuccess, "\(listing.error)")
    return listing.output.split(separator: "\n").compactMap { line in
      line.split(separator: " ").last
    }
  }

  @Test(.enabled(if: canList, "takes nm"))
  func `the child calls nothing but itself and the kernel`() throws {
    let files = ["ccoreshift_spawn_child", "ccoreshift_spawn_child_traits"]
    var own: Set<Substring> = []
    for file in files { own.formUnion(try symbols("--defined-only", of: file)) }
    try #require(own.contains("ccoreshift_spawn_child_main"))
    for file in files {
      let called = try symbols("--undefined-only", of: file).filter { name in
        // Sanitizers register each object, by names such as `__start_asan_globals`; the functions
        // themselves are compiled without them.
        !(isSanitized && name.hasPrefix("__"))
      }
      #expect(Set(called).subtracting(own).subtracting(Self.allowed) == [], "\(file)")
    }
  }
}
