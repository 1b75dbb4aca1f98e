import CoreShift
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

@Suite struct ExecutabilityTests {
  @Test(arguments: [
    ("/bin/sh", Executability.executable), ("/etc/passwd", .notPermitted),
    ("/dev/null", .notPermitted), ("/tmp", .notFound), ("/nonexistent", .notFound),
    ("/bin/sh/x", .notFound), ("", .notFound),
  ])
  func `a path leads to a program, or tells why not`(path: String, expected: Executability) {
    #expect(Executability(of: RawString(path)) == expected)
  }

  @Test func `a path with a NUL leads nowhere`() {
    #expect(Executability(of: "/bin/sh\0") == .notFound)
  }

  @Test func `the mode decides, also for the superuser`() throws {
    let program = try TemporaryFile(contents: "#!/bin/sh\n", mode: 0o755)
    #expect(Executability(of: RawString(program.path)) == .executable)
    #expect(unsafe chmod(program.path, 0o644) == 0)
    #expect(Executability(of: RawString(program.path)) == .notPermitted)
  }

  @Test func `links are followed; one to nothing, or to itself, is not found`() throws {
    let place = try TemporaryFile(contents: "", mode: 0o600)
    for (target, expected) in [
      ("/bin/sh", Executability.executable), ("/nonexistent", .notFound),
      (place.path, .notFound),
    ] {
      unsafe unlink(place.path)
      #expect(unsafe symlink(target, place.path) == 0)
      #expect(Executability(of: RawString(place.path)) == expected)
    }
  }
}
