import CoreShift
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// Gives privileges up for good, in a process of its own.
func dropPrivileges() throws {
  guard isPrivileged else { return }
  try #require(setgroups(0, nil) == 0)
  try #require(setgid(65534) == 0)
  try #require(setuid(65534) == 0)
}

/// `prctl`, which Swift's module of libc lacks.
private func control(_ operation: Int32, _ first: UInt = 0, _ second: UInt = 0) throws -> Int32 {
  typealias Prctl = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
  let symbol = unsafe try #require(unsafe dlsym(nil, "prctl"))
  // SAFETY: what the library calls by this name takes five words.
  return unsafe unsafeBitCast(symbol, to: Prctl.self)(operation, first, second, 0, 0)
}

/// Reads (3) or sets (4) whether this process may dump core.
private func dumpable(_ operation: Int32, _ value: UInt = 0) throws -> Int32 {
  try control(operation, value)
}

/// Becomes an ordinary user that may still set users and groups, and whose children may, too, as a
/// service manager starts a daemon with ambient capabilities.
private func becomeUserWithCapabilities() throws {
  // PR_SET_KEEPCAPS, for what is permitted; what is effective goes with the user all the same.
  try #require(try control(8, 1) == 0)
  try #require(setgroups(0, nil) == 0 && setgid(1000) == 0 && setuid(1000) == 0)
  typealias Capset = @convention(c) (UnsafePointer<UInt32>, UnsafePointer<UInt32>) -> Int32
  let symbol = unsafe try #require(unsafe dlsym(nil, "capset"))
  // The third version, for this process; CAP_SETGID and CAP_SETUID are effective, permitted and
  // inheritable, and the upper half of each is empty.
  let header: [UInt32] = [0x2008_0522, 0]
  let sets: [UInt32] = [0xc0, 0xc0, 0xc0, 0, 0, 0]
  // SAFETY: what the library calls by this name reads two words of the one and six of the other.
  try #require(unsafe unsafeBitCast(symbol, to: Capset.self)(header, sets) == 0)
  // PR_CAP_AMBIENT and PR_CAP_AMBIENT_RAISE.
  for capability in [6, 7] as [UInt] { try #require(try control(47, 2, capability) == 0) }
}

/// Who a child is and what it may use, and which step says no.
@Suite struct SpawnTraitTests {
  typealias Identity = SpawnOptions.Identity

  @Test func `what takes privileges names the step that lacks them`() async {
    await #expect(processExitsWith: .success) {
      try dropPrivileges()
      for way in SpawnWay.own {
        func refusal(_ change: (inout SpawnOptions) -> Void) -> CoreError? {
          var options = way.options(["/bin/true"])
          change(&options)
          return failure(of: options)
        }
        func denied(_ operation: String, _ argument: String, _ code: ErrorCode = .notPermitted)
          -> CoreError
        {
          CoreError(operation: operation, code: code, subject: .argument(argument))
        }
        #expect(
          refusal { $0.identity = Identity(user: 0, group: 0) } == denied("setgroups", "identity"))
        #expect(
          refusal { $0.identity = Identity(user: 0, group: 0, supplementaryGroups: nil) }
            == denied("setresgid", "identity"))
        #expect(
          refusal { $0.identity = Identity(user: 0, group: nil, supplementaryGroups: nil) }
            == denied("setresuid", "identity"))
        #expect(
          refusal { $0.niceness = -20 } == denied("setpriority", "niceness", .permissionDenied))
        // The second one asks for more than the first has left.
        #expect(
          refusal {
            $0.resourceLimits = [
              ResourceLimit(.coreBytes, soft: 0),
              ResourceLimit(.openFiles, soft: 1 << 40, hard: 1 << 40),
            ]
          } == denied("prlimit64", "resourceLimits"))
      }
    }
  }

  @Test(.enabled(if: isPrivileged, "takes the privilege to set groups"), arguments: SpawnWay.own)
  func `groups are dropped unless they are to be kept`(way: SpawnWay) throws {
    var options = way.options(["/bin/sh", "-c", "grep -E '^(Uid|Gid|Groups)' /proc/self/status"])
    options.identity = Identity(user: 65534, group: 65533)
    #expect(
      try capture(options).output
        == "Uid:\t65534\t65534\t65534\t65534\nGid:\t65533\t65533\t65533\t65533\nGroups:\t \n")
    options.identity = Identity(user: 65534, group: nil, supplementaryGroups: nil)
    #expect(try capture(options).output.contains("Gid:\t\(getgid())\t"))
  }

  @Test(.enabled(if: isPrivileged, "takes the privilege to set the user"))
  func `a child's identity leaves this process as it was`() async {
    await #expect(processExitsWith: .success) {
      for way in SpawnWay.own {
        var options = way.options(["/bin/true"])
        options.identity = Identity(user: 65534, group: 65534)
        _ = try capture(options)
        options.arguments = ["/nonexistent"]
        #expect(failure(of: options)?.operation == "execveat")
        #expect(geteuid() == 0 && getegid() == 0)
        #expect(try dumpable(3) == 1, "\(way)")
      }
      _ = try dumpable(4, 0)
      var options = SpawnWay.own[0].options(["/bin/true"])
      options.identity = Identity(user: 65534, group: 65534)
      _ = try capture(options)
      #expect(try dumpable(3) == 0)
    }
  }

  @Test(.enabled(if: isPrivileged, "takes the privilege to set the user"))
  func `a user keeps no ambient capabilities of the parent`() async {
    await #expect(processExitsWith: .success) {
      try becomeUserWithCapabilities()
      for way in SpawnWay.own {
        var options = way.options(["/bin/sh", "-c", "grep -E '^Cap(Eff|Amb)' /proc/self/status"])
        // Without a user they are passed on: so it was that they could be used.
        let kept = "CapEff:\t00000000000000c0\nCapAmb:\t00000000000000c0\n"
        #expect(try capture(options).output == kept, "\(way)")
        options.identity = Identity(user: nil, group: 65534)
        #expect(try capture(options).output == kept, "\(way)")
        options.identity = Identity(user: 65534, group: 65534)
        let none = "CapEff:\t0000000000000000\nCapAmb:\t0000000000000000\n"
        #expect(try capture(options).output == none, "\(way)")
      }
    }
  }

  @Test(.enabled(if: isPrivileged, "takes the privilege to set the user"), arguments: SpawnWay.own)
  func `the directory must be open to the child's user`(way: SpawnWay) throws {
    let directory = try TemporaryDirectory(mode: 0o700)
    var options = way.options(["/bin/true"])
    options.workingDirectory = RawString(directory.path)
    #expect(failure(of: options) == nil)
    options.identity = Identity(user: 65534, group: 65534)
    #expect(
      failure(of: options)
        == CoreError(operation: "chdir", code: .permissionDenied, subject: .path(directory.path)))
    let opened = try Fd(opening: RawString(directory.path), for: .reading)
    options.workingDirectory = nil
    options.workingDirectoryDescriptor = opened.rawValue
    #expect(
      failure(of: options)
        == CoreError(
          operation: "fchdir", code: .permissionDenied, subject: .descriptor(opened.rawValue)))
  }

  @Test func `a directory needs to be searchable, not readable`() async {
    await #expect(processExitsWith: .success) {
      try dropPrivileges()
      let searchable = try TemporaryDirectory(mode: 0o111)
      let readable = try TemporaryDirectory(mode: 0o444)
      for way in SpawnWay.all {
        var options = way.options(["/bin/true"])
        options.workingDirectory = RawString(searchable.path)
        #expect(failure(of: options) == nil)
        options.workingDirectory = RawString(readable.path)
        #expect(
          failure(of: options)
            == CoreError(operation: "chdir", code: .permissionDenied, subject: .path(readable.path))
        )
      }
    }
  }

  @Test(arguments: SpawnWay.own)
  func `a limit can keep the hard one, and be no limit`(way: SpawnWay) throws {
    var now = rlimit()
    unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &now)
    var options = way.options(["/bin/sh", "-c", "ulimit -Sn; ulimit -Hn; ulimit -St; ulimit -Ht"])
    options.resourceLimits = [
      ResourceLimit(.openFiles, soft: 31),
      ResourceLimit(.processorSeconds, soft: 100, hard: ResourceLimit.unlimited),
    ]
    let hard = now.rlim_max == rlim_t.max ? "unlimited" : "\(now.rlim_max)"
    #expect(try capture(options).output == "31\n\(hard)\n100\nunlimited\n")
  }

  @Test func `descriptors are mapped before their limit holds`() throws {
    var options = SpawnWay.own[0].options(["/bin/sh", "-c", "readlink /proc/$$/fd/1400"])
    options.resourceLimits = [ResourceLimit(.openFiles, soft: 20)]
    options.descriptors = [DescriptorMapping(from: 0, to: 1400)]
    #expect(try capture(options).status == .exited(code: 0))
  }

  @Test(arguments: SpawnWay.own)
  func `the death signal follows the spawning thread, not the process`(way: SpawnWay) throws {
    let handed = Handed()
    try onOwnThread {
      var options = way.options(["/bin/sleep", "30"])
      options.parentDeathSignal = .user1
      try handed.process.withLock { $0 = try options.spawn() }
    }
    try handed.process.withLock { spawned in
      let exit = try spawned?.process.waitExit(for: .seconds(20))
      #expect(exit?.status == .signalled(.user1, coreDumped: false))
    }
  }

  @Test(arguments: SpawnWay.own)
  func `a control group that is none names its descriptor`(way: SpawnWay) throws {
    let directory = try Fd(opening: "/tmp", for: .reading)
    var options = way.options(["/bin/true"])
    options.controlGroup = directory.rawValue
    let expected = way.withoutClone3 ? ErrorCode.notImplemented : .badDescriptor
    #expect(
      failure(of: options)
        == CoreError(
          operation: "clone3", code: expected, subject: .descriptor(directory.rawValue)))
  }

  @Test(arguments: SpawnWay.own)
  func `what is no terminal cannot control a session`(way: SpawnWay) {
    var options = way.options(["/bin/true"])
    options.session = .own
    options.controllingTerminal = 0
    #expect(
      failure(of: options)
        == CoreError(operation: "ioctl", code: .notTerminal, subject: .descriptor(0)))
  }
}
