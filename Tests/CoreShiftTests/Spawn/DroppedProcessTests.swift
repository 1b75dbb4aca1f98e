import CoreShift
import Testing

/// A process that cannot be reaped in the time that a drop has: here one whose tracer has not
/// collected it.
@Suite(.enabled(if: Tracer.isPossible, "takes perl, and the permission to trace"))
struct DroppedProcessTests {
  @Test func `one that could not be reaped when it was dropped is reaped by the next spawn`() async
  {
    // In a process of its own, where nobody else spawns.
    await #expect(processExitsWith: .success) {
      let pid = try leaveZombie()
      try #require(isAlive(pid), "nobody has asked for it")
      try endAndReap(spawnSleep())
      #expect(!isAlive(pid))
    }
  }

  @Test func `or by the next drop, and one that still cannot be reaped is kept`() async {
    await #expect(processExitsWith: .success) {
      let held = try spawnSleep()
      let heldPid = held.process.pid
      let tracer = try Tracer(of: heldPid)
      let last = try spawnSleep()
      _ = consume held
      let pid = try leaveZombie()
      try #require(isAlive(pid) && isAlive(heldPid))
      _ = consume last
      #expect(!isAlive(pid))
      #expect(isAlive(heldPid), "its tracer has not collected it")
      try tracer.collect()
      try endAndReap(spawnSleep())
      #expect(!isAlive(heldPid))
    }
  }
}

private func spawnSleep() throws -> SpawnedProcess {
  try SpawnOptions(["/bin/sleep", "60"], backend: .clone).spawn()
}

private func endAndReap(_ spawned: consuming SpawnedProcess) throws {
  try spawned.process.kill()
  _ = try spawned.process.waitExit(for: .seconds(20))
}

/// Drops a process while it is traced, and then has it collected by its tracer: a zombie of this
/// process.
private func leaveZombie() throws -> Int32 {
  let spawned = try spawnSleep()
  let pid = spawned.process.pid
  let tracer = try Tracer(of: pid)
  _ = consume spawned
  try tracer.collect()
  return pid
}
