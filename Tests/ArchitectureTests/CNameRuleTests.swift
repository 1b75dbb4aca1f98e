import Testing

@Suite struct CNameRuleTests {
  private func violations(_ name: String, _ text: String) -> [String] {
    let path = "Sources/CCoreShift/\(name)"
    return CNameRule.violations(in: [SourceFile(path: path, text: text)]).map(\.message)
  }

  @Test func `what a C target shows begins with its name`() {
    expectNone(CNameRule.violations(in: SourceTree.package.files))
  }

  @Test func `a header's names are prefixed`() {
    for text in [
      "int spawn(int a);", "static inline int spawn(void) { return ccoreshift_a(); }",
      "struct options { int a; };", "typedef struct ccoreshift_a { int b; } options;",
      "enum ccoreshift_a { FIRST, CCORESHIFT_SECOND };", "#define LIMIT 1",
      "__attribute__((weak)) void spawn(void);",
    ] {
      #expect(violations("include/CCoreShift.h", text).count == 1, "\(text)")
    }
    for text in [
      "int ccoreshift_spawn(int (*a)(void), struct b *c);",
      "typedef struct { int a; } ccoreshift_a;\nint ccoreshift_b(void);",
      "enum ccoreshift_a { CCORESHIFT_FIRST, CCORESHIFT_SECOND = 2, };",
      "#define CCORESHIFT_LIMIT(a) \\\n  limit(a)", "struct statx;",
      "#if !defined(__clang__)\n#define _Nullable\n#endif",
      "extern void swift_a(void) __attribute__((weak));",
      "struct ccoreshift_a { int (*b)(int c); };",
      "_Static_assert(sizeof(int) == 4, \"a\");",
    ] {
      #expect(violations("include/CCoreShift.h", text) == [], "\(text)")
    }
  }

  @Test func `a C file's functions are prefixed or static`() {
    #expect(violations("ccoreshift_a.c", "int spawn(int a)\n{\n  return a;\n}").count == 1)
    #expect(violations("ccoreshift_a.c", "static int spawn(int a)\n{\n  return a;\n}") == [])
    #expect(
      violations("ccoreshift_a.c", "int ccoreshift_a(void)\n{\n  return b(1);\n}\nint c;") == [])
  }

  @Test func `a file is named after its target`() {
    #expect(violations("spawn.c", "").count == 1)
    #expect(violations("include/CCoreShift.h", "") == [])
  }

  @Test func `an assembly file's symbols are prefixed`() {
    #expect(violations("ccoreshift_a.S", "\t.globl spawn\n").count == 1)
    #expect(violations("ccoreshift_a.S", "  .global ccoreshift_spawn\n") == [])
  }

  @Test func `a header does not ask for the GNU names`() {
    #expect(violations("include/CCoreShift.h", "#define _GNU_SOURCE\n").count == 1)
    #expect(violations("ccoreshift_a.c", "#define _GNU_SOURCE\n") == [])
  }
}
