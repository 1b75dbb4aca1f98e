import CoreShift
import Testing

@Suite struct ProcessEnvironmentTests {
  @Test func `a variable has the value that a child would see`() throws {
    let script = "if [ ${PATH+set} ]; then printf %s \"$PATH\"; else printf none; fi"
    let path = ProcessEnvironment.value(of: "PATH")
    #expect(path != nil)
    #expect(
      try capture(["/bin/sh", "-c", RawString(script)], SpawnWay.all[0]).output
        == path?.description)
  }

  @Test(arguments: ["DRIFT_TEST_OF_NOTHING", "", "PATH="])
  func `what is not there, or cannot be a name, is nil`(name: String) {
    #expect(ProcessEnvironment.value(of: RawString(name)) == nil)
  }

  @Test func `a name with a NUL is nil`() {
    #expect(ProcessEnvironment.value(of: "PATH\0") == nil)
  }
}
