import CoreShift
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// A call of the child that fails, one after the other.
@Suite struct ChildFaultTests {
  /// Options of which each takes a step of its own.
  private static func everything(_ way: SpawnWay, _ directory: Int32) -> SpawnOptions {
    var options = way.options(["/bin/true"])
    options.session = .own
    options.standardInput = .terminal
    options.standardOutput = .pipe
    options.standardError = .null
    options.controllingTerminal = 0
    options.descriptors = [
      DescriptorMapping(from: directory, to: 50), DescriptorMapping(from: 0, to: directory),
    ]
    options.workingDirectory = "/"
    options.workingDirectoryDescriptor = directory
    options.niceness = 5
    options.fileMask = 0o22
    options.resourceLimits = [ResourceLimit(.coreBytes, soft: 0)]
    if isPrivileged { options.identity = .init(user: 65534, group: 65534) }
    options.forbidsNewPrivileges = true
    options.parentDeathSignal = .terminate
    return options
  }

  /// The steps that fail, as the position of the fault moves on until the child succeeds.
  private static func steps(_ options: SpawnOptions) -> [String] {
    var options = options
    var steps: [String] = []
    for position in 1..<100 {
      options.childFault = ChildFault(position: Int32(position), code: .outOfMemory)
      guard let error = failure(of: options) else { break }
      #expect(error.code == .outOfMemory)
      steps.append(error.operation)
      expectNoChild("\(error)")
    }
    return steps
  }

  @Test func `each step of the child fails by name and leaves nothing behind`() async {
    await #expect(processExitsWith: .success) {
      try withOwnDescriptors {
        let directory = try Fd(opening: "/", for: .reading)
        for way in SpawnWay.own {
          let before = try DescriptorCensus()
          let options = ChildFaultTests.everything(way, directory.rawValue)
          // What runs the tests ignores signals, of which each takes a call.
          let found = ChildFaultTests.steps(options).filter { $0 != "rt_sigaction" }
          var expected = ["setsid", "dup3", "ioctl", "setpriority", "prlimit64"]
          if isPrivileged { expected += ["setgroups", "setresgid", "prctl", "setresuid"] }
          expected += [
            "fchdir", "chdir", "prctl", "prctl", "close_range", "rt_sigprocmask", "execveat",
          ]
          // The directory's number is a target: it is moved first, and then the mapping's copy.
          let distinct = found.indices.filter {
            $0 == 0 || found[$0] != found[$0 - 1] || found[$0] == "prctl"
          }
          // The child takes a table of descriptors of its own before it does anything else.
          #expect(
            distinct.map { found[$0] }
              == ["close_range", "setsid", "fchdir"] + expected.dropFirst(), "\(way)")
          let after = try DescriptorCensus()
          #expect(after == before, "\(way)")
        }
      }
    }
  }

  @Test func `joining a group fails by name`() async {
    await #expect(processExitsWith: .success) {
      for way in SpawnWay.own {
        var options = way.options(["/bin/true"])
        options.processGroup = .own
        #expect(
          ChildFaultTests.steps(options).contains("setpgid"))
      }
    }
  }

  @Test func `a disposition that cannot be reset fails by name`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGUSR1, SIG_IGN)
      for way in SpawnWay.own {
        #expect(
          ChildFaultTests.steps(way.options(["/bin/true"])).dropFirst().first == "rt_sigaction")
      }
    }
  }
}
