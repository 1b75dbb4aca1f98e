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
    let result = try capture(options)
    #expect(row.isShown(result.output), "\(result.output) \(result.error)")
    #expect(result.status == .exited(code: 0))
  }

  @Test(
    .enabled(if: SpawnOptionRow.group.isAvailable, "takes a control group that may be written"),
    arguments: SpawnWay.own)
  func `a child begins in its control group, or not at all`(way: SpawnWay) throws {
    let row = SpawnOptionRow.controlGroup
    var options = way.options(["/bin/sh", "-c", RawString(row.script)])
    row.change(&options)
    guard !way.withoutClone3 else {
      // clone cannot, and the child does not begin anywhere else.
      let error = failure(of: options)
      #expect(error?.operation == "clone3" && error?.code == .notImplemented)
      return
    }
    let result = try capture(options)
    #expect(row.isShown(result.output), "\(result.output) \(result.error)")
    #expect(result.status == .exited(code: 0))
  }

  @Test func `a control group is nothing that posix_spawn knows`() {
    var options = SpawnOptions(["/bin/true"], backend: .posixSpawn)
    options.controlGroup = 0
    #expect(
      failure(of: options)
        == CoreError(
          operation: "spawn", code: .notImplemented, subject: .argument("controlGroup")))
  }

  @Test func `the table has every option`() {
    let options = SpawnOptions(["/bin/true"], backend: .clone)
    let names = Set(Mirror(reflecting: options).children.compactMap(\.label))
    // How to spawn, and what only tests can set.
    let others: Set = [
      "backend", "asksBeforehand", "holdsOutputsOpen", "nullDevice", "withoutClone3",
      "isNotSuspended", "childFault",
    ]
    let rows = SpawnOptionRow.table + [SpawnOptionRow.controlGroup]
    #expect(names.subtracting(others) == Set(rows.map(\.option)))
  }

  @Test func `the best backend is found by trying`() {
    #expect(SpawnBackend.preferred == .clone)
  }

  @Test(arguments: [ErrorCode.tooManyOpenFiles, .wouldBlock, .outOfMemory])
  func `a shortage while it is looked for says nothing against the best backend`(code: ErrorCode) {
    var found: SpawnBackend?
    let isReached = Fault.inject(code, atCall: 1) { found = SpawnBackend.probe() }
    #expect(isReached && found == .clone)
  }

  @Test(arguments: [ErrorCode.notImplemented, .notPermitted, .invalidArgument])
  func `where no child can be cloned the best backend is another`(code: ErrorCode) {
    var found: SpawnBackend?
    let isReached = Fault.inject(code, atCall: 1) { found = SpawnBackend.probe() }
    #expect(isReached && found == .posixSpawn)
  }

  @Test func `a forked child changes nothing in this process's memory`() throws {
    // An exec that fails writes the step and the errno, which only a shared page brings here.
    for way in SpawnWay.own where way.backend == .fork {
      #expect(failure(of: way.options(["/nonexistent"]))?.code == .notFound)
    }
  }
}
