import CoreShift
import Testing

/// What each backend does with each option.
@Suite struct SpawnBackendTests {
  @Test(arguments: SpawnWay.all, SpawnOptionRow.table)
  func `an option works, or is ENOSYS with its name`(way: SpawnWay, row: SpawnOptionRow) throws {
    var options = way.options(["/bin/sh", "-c", RawString(row.script)])
    row.change(&options)
    if way.backend == .posixSpawn && !row.isPortable {
      #expect(
        failure(of: options)
          == CoreError(operation: "spawn", code: .notImplemented, subject: .argument(row.option)))
      return
    }
    if row.option == "controlGroup" {
      guard SpawnOptionRow.group.isAvailable else { return }
      guard !way.withoutClone3 else {
        // clone cannot, and the child does not begin anywhere else.
        let error = failure(of: options)
        #expect(error?.operation == "clone3" && error?.code == .notImplemented)
        return
      }
    }
    let result = try capture(options)
    #expect(row.isShown(result.output), "\(result.output) \(result.error)")
    #expect(result.status == .exited(code: 0))
  }

  @Test func `the table has every option`() {
    let options = SpawnOptions(["/bin/true"], backend: .clone)
    let names = Set(Mirror(reflecting: options).children.compactMap(\.label))
    // How to spawn, and what only tests can set.
    let others: Set = ["backend", "withoutClone3", "childFault"]
    #expect(names.subtracting(others) == Set(SpawnOptionRow.table.map(\.option)))
  }

  @Test func `the best backend is found by trying`() {
    #expect(SpawnBackend.preferred == .clone)
  }

  @Test func `a forked child changes nothing in this process's memory`() throws {
    // An exec that fails writes the step and the errno, which only a shared page brings here.
    for way in SpawnWay.own where way.backend == .fork {
      #expect(failure(of: way.options(["/nonexistent"]))?.code == .notFound)
    }
  }
}
