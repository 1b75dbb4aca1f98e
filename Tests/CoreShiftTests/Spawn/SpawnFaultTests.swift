import CoreShift
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// Expects that this process has no child, ended or not.
func expectNoChild(_ comment: Comment) {
  var status: Int32 = 0
  #expect(unsafe waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD, comment)
}

/// A call of the parent that fails, one after the other.
@Suite struct SpawnFaultTests {
  /// What fails when the calls of a spawn fail in turn; expects that nothing is left each time.
  private static func operations(_ options: SpawnOptions) throws -> [String?] {
    let outcomes = try failEachCall(of: { () throws(CoreError) in
      var spawned = try options.spawn()
      _ = try spawned.process.waitExit(for: .seconds(20))
    })
    expectNoChild("\(options.backend)")
    return outcomes.map { $0?.operation }
  }

  /// The calls by which the child itself is made.
  private static func making(_ way: SpawnWay) -> [String] {
    switch way.backend {
    case .clone: ["clone3"]
    case .fork: ["mmap", "clone3"]
    case .posixSpawn: ["posix_spawn", "pidfd_open"]
    }
  }

  @Test func `each call for the streams fails by name and leaves nothing behind`() async {
    await #expect(processExitsWith: .success) {
      try withOwnDescriptors {
        for way in SpawnWay.all {
          var options = way.options(["/bin/true"])
          options.standardInput = .terminal
          options.standardOutput = .pipe
          options.standardError = .null
          var found = try SpawnFaultTests.operations(options)
          // The terminal's size, lock and other end; a pipe, and its non-blocking end.
          var streams = ["open", "ioctl", "ioctl", "ioctl", "pipe2", "pipe2", "open"]
          #expect(found == streams + SpawnFaultTests.making(way), "\(way)")
          options.standardInput = .pipe
          options.standardOutput = .file("/dev/null", .append)
          options.standardError = .pipe
          found = try SpawnFaultTests.operations(options)
          streams = ["pipe2", "pipe2", "open", "pipe2", "pipe2"]
          #expect(found == streams + SpawnFaultTests.making(way), "\(way)")
        }
      }
    }
  }

  @Test func `each call for the directory and the mappings fails by name, too`() async {
    await #expect(processExitsWith: .success) {
      try withOwnDescriptors {
        let directory = try Fd(opening: "/", for: .reading)
        for way in SpawnWay.all {
          var options = way.options(["/bin/true"])
          options.standardInput = .inherit
          options.workingDirectory = "/usr"
          options.workingDirectoryDescriptor = directory.rawValue
          options.descriptors = [
            DescriptorMapping(from: directory.rawValue, to: 40),
            DescriptorMapping(from: 0, to: directory.rawValue),
          ]
          let found = try SpawnFaultTests.operations(options)
          // The C library's spawn needs directories that the parent changes to and back, and does
          // not say which of the mapped descriptors is not open.
          let own = ["fchdir", "fchdir", "chdir", "chdir", "dup3", "dup3"]
          let inParent = way.backend == .posixSpawn ? own : []
          #expect(found == inParent + SpawnFaultTests.making(way), "\(way)")
        }
      }
    }
  }
}
