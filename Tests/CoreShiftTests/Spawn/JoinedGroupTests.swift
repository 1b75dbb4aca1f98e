import CoreShift
import Glibc
import Testing

// A process in a group that another one leads is a guest there.
@Suite struct JoinedGroupTests {
  /// A process, and what it writes to with its children.
  private final class Guest {
    private var process: ProcessDescriptor
    let output: Fd
    let line: String
    let joinedGroup: Int32?
    let pid: Int32

    /// Spawns `script` into the group; it has said a line when this returns.
    init(of group: Int32, _ script: RawString, way: SpawnWay = SpawnWay.all[0]) throws {
      var options = way.options(["/bin/sh", "-c", script])
      options.processGroup = .join(group)
      options.standardOutput = .pipe
      var spawned = try options.spawn()
      let output = try owned(spawned.standardOutput.take())
      try output.setBlockingMode(.blocking)
      var line = [UInt8](repeating: 0, count: 20)
      guard case .bytes(let count) = try output.read(into: &line) else { throw NotAPipe() }
      self.line = text(Array(line[..<(count - 1)]))
      joinedGroup = spawned.process.joinedGroup
      pid = spawned.process.pid
      process = spawned.process
      self.output = output
    }

    func signalGroup() throws(CoreError) { try process.send(.kill, to: .group) }
    func kill() throws(CoreError) { try process.kill() }
    func requestEnd() throws(CoreError) { try process.requestEnd() }

    func status(within time: Duration) throws -> CoreShift.ExitStatus? {
      try process.waitExit(for: time)?.status
    }

    /// What the process and its children write until the last of them has ended.
    func rest() throws -> [UInt8] { try readAll(output) }
  }

  private func spawnLeader() throws -> SpawnedProcess {
    var options = SpawnOptions(["/bin/sleep", "60"], backend: .clone)
    options.processGroup = .own
    return try options.spawn()
  }

  @Test(arguments: SpawnWay.all)
  func `a signal for its group reaches the whole group that a process has joined`(
    way: SpawnWay
  ) throws {
    var leader = try spawnLeader()
    let group = leader.process.pid
    let guest = try Guest(of: group, "sleep 60 & echo $!; wait", way: way)
    #expect(guest.joinedGroup == group)
    let grandchild = try #require(Int32(guest.line))
    #expect(getpgid(grandchild) == group)
    try guest.signalGroup()
    let killed = CoreShift.ExitStatus.signalled(.kill, coreDumped: false)
    #expect(try guest.status(within: .seconds(20)) == killed)
    #expect(try leader.process.waitExit(for: .seconds(20))?.status == killed)
    #expect(try guest.rest().isEmpty)
  }

  @Test func `a signal for the group reaches it also when its leader has gone`() throws {
    var leader = try spawnLeader()
    let guest = try Guest(of: leader.process.pid, "sleep 60 & echo; wait")
    try leader.process.send(.kill)
    _ = try leader.process.waitExit(for: .seconds(20))
    #expect(try guest.status(within: .zero) == nil)
    try guest.signalGroup()
    #expect(try guest.rest().isEmpty)
  }

  @Test func `the end of a guest leaves its host's group alone`() throws {
    var leader = try spawnLeader()
    for end in 0..<3 {
      var guest: Guest? = try Guest(of: leader.process.pid, "sleep 60 & echo $!; wait")
      let grandchild = try #require(Int32(guest?.line ?? ""))
      switch end {
      case 0: try guest?.kill()
      case 1: try guest?.requestEnd()
      default: guest = nil
      }
      if let guest { #expect(try guest.status(within: .seconds(20)) != nil) }
      #expect(isAlive(grandchild))
      #expect(try leader.process.waitExit(for: .zero) == nil)
    }
    // Whoever made the group ends all that is left in it.
    try leader.process.kill()
    #expect(try leader.process.waitExit(for: .seconds(20)) != nil)
  }

  @Test func `a guest that was reaped reaches nobody`() throws {
    var leader = try spawnLeader()
    let guest = try Guest(of: leader.process.pid, "echo")
    _ = try guest.status(within: .seconds(20))
    try guest.signalGroup()
    #expect(try leader.process.waitExit(for: .milliseconds(50)) == nil)
  }

  @Test func `a guest that has moved to another group is refused`() throws {
    var leader = try spawnLeader()
    let guest = try Guest(
      of: leader.process.pid, "exec setsid sh -c 'echo; exec sleep 60'")
    let expected = CoreError(
      operation: "pidfd_send_signal", code: .invalidArgument, subject: .process(guest.pid))
    #expect(throws: expected) { try guest.signalGroup() }
    #expect(try leader.process.waitExit(for: .milliseconds(50)) == nil)
    #expect(try guest.status(within: .zero) == nil)
  }
}
