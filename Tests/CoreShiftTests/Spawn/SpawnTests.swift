import CoreShift
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

private let leaseBreaks = Atomic<Int>(0)

/// What every way of spawning must do alike.
@Suite struct SpawnTests {
  @Test(arguments: SpawnWay.all)
  func `a child's output and exit code arrive`(way: SpawnWay) throws {
    let result = try capture(["/bin/sh", "-c", "echo out; echo err >&2; exit 3"], way)
    #expect(result.output == "out\n")
    #expect(result.error == "err\n")
    #expect(result.status == .exited(code: 3))
  }

  @Test(arguments: SpawnWay.all)
  func `a null device that is kept open serves many children`(way: SpawnWay) throws {
    let null = try SpawnOptions.openNullDevice()
    #expect(null.rawValue > 2)
    var options = way.options(["/bin/sh", "-c", "cat; readlink /proc/$$/fd/0 /proc/$$/fd/2"])
    options.standardError = .null
    options.nullDevice = null.rawValue
    for _ in 1...2 {
      #expect(try capture(options).output == "/dev/null\n/dev/null\n")
      #expect(fcntl(null.rawValue, F_GETFD) == FD_CLOEXEC)
    }
  }

  @Test(arguments: SpawnWay.all)
  func `a long argument survives`(way: SpawnWay) throws {
    let long = String(repeating: "x", count: 100_000)
    let result = try capture(["/bin/sh", "-c", "printf %s \"$1\"", "sh", RawString(long)], way)
    #expect(result.output == long)
  }

  @Test(arguments: SpawnWay.all)
  func `arguments are bytes, not text`(way: SpawnWay) throws {
    let bytes: [UInt8] = [0xff, 0x20, 0xfe, 0x0a, 0x27]
    let result = try capture(
      ["/bin/sh", "-c", "printf %s \"$1\"", "sh", RawString(bytes: bytes)], way)
    #expect(result.outputBytes == bytes)
  }

  @Test(arguments: SpawnWay.all)
  func `arguments that are too long together are E2BIG`(way: SpawnWay) throws {
    let long = RawString(String(repeating: "x", count: 200_000))
    let error = failure(of: way.options(["/bin/true", long]))
    #expect(error?.code == .argumentListTooLong)
    #expect(error?.operation == way.execStep)
    #expect(error?.subject == .path("/bin/true"))
  }

  @Test(arguments: SpawnWay.all)
  func `the first argument may differ from the file`(way: SpawnWay) throws {
    var options = way.options(["another name", "-c", "echo $0"])
    options.executable = "/bin/sh"
    #expect(try capture(options).output == "another name\n")
  }

  @Test(arguments: SpawnWay.all)
  func `nothing is searched on PATH`(way: SpawnWay) {
    #expect(failure(of: way.options(["true"]))?.code == .notFound)
  }

  @Test(
    arguments: SpawnWay.all,
    [
      ("/nonexistent/program", ErrorCode.notFound), ("/etc/passwd", .permissionDenied),
      ("/", .permissionDenied), ("/etc/passwd/x", .notDirectory), ("", .notFound),
    ])
  func `a failing exec is an error of spawn itself`(
    way: SpawnWay, failing: (path: String, code: ErrorCode)
  ) {
    let error = failure(of: way.options([RawString(failing.path)]))
    #expect(error?.operation == way.execStep)
    #expect(error?.code == failing.code)
    #expect(error?.subject == .path(failing.path))
  }

  @Test(arguments: SpawnWay.all)
  func `a script without an interpreter line is ENOEXEC, and no shell runs it`(
    way: SpawnWay
  ) throws {
    let script = try TemporaryFile(contents: "echo surprise\n", mode: 0o755)
    var error = failure(of: way.options([RawString(script.path)]))
    // A child of another test may still hold the descriptor that wrote the script.
    while error?.code == .textFileBusy {
      error = failure(of: way.options([RawString(script.path)]))
    }
    #expect(error?.code == .notExecutable)
    #expect(error?.operation == way.execStep)
  }

  @Test(arguments: SpawnWay.all)
  func `the child starts in its working directory`(way: SpawnWay) throws {
    var options = way.options(["./sh", "-c", "pwd"])
    options.workingDirectory = "/bin/../bin"
    #expect(try capture(options).output.hasSuffix("/bin\n"))
  }

  @Test(arguments: SpawnWay.all)
  func `a missing working directory names the step`(way: SpawnWay) {
    var options = way.options(["/bin/true"])
    options.workingDirectory = "/nonexistent"
    let error = failure(of: options)
    #expect(
      error == CoreError(operation: "chdir", code: .notFound, subject: .path("/nonexistent")))
  }

  @Test(arguments: SpawnWay.all)
  func `an error in its parts is one readable line`(way: SpawnWay) {
    var options = way.options(["/bin/true"])
    options.workingDirectory = "/nonexistent"
    let text = failure(of: options)?.description ?? ""
    #expect(text == "chdir: ENOENT (no such file or directory) on \"/nonexistent\"")
  }

  @Test(.enabled(if: canLease, "takes a file system that knows leases"))
  func `a slow exec holds up the thread that spawns, and no other`() async {
    await #expect(processExitsWith: .success) {
      for backend in SpawnBackend.allCases {
        // Who executes a leased file waits until the lease is given back.
        let program = try TemporaryFile(contents: "#!/bin/sh\nexit 3\n", mode: 0o755)
        let path = RawString(program.path)
        let lease = try Fd(opening: path, for: .reading)
        leaseBreaks.store(0, ordering: .relaxed)
        signal(SIGIO) { _ in leaseBreaks.add(1, ordering: .relaxed) }
        try #require(fcntl(lease.rawValue, setLease, F_WRLCK) == 0)
        let handed = Handed()
        let spawner = HelperThread {
          handed.process.withLock { $0 = try? SpawnOptions([path], backend: backend).spawn() }
        }
        while leaseBreaks.load(ordering: .relaxed) == 0 { sched_yield() }
        // This thread goes on, and the spawner has not come back.
        #expect(handed.process.withLockIfAvailable { _ in } == nil)
        #expect(try capture(["/bin/echo", "here"], SpawnWay.all[0]).output == "here\n")
        #expect(handed.process.withLockIfAvailable { _ in } == nil)
        _ = fcntl(lease.rawValue, setLease, F_UNLCK)
        spawner.join()
        try handed.process.withLock { spawned in
          let exit = try spawned?.process.waitExit(for: .seconds(20))
          #expect(exit?.status == .exited(code: 3), "\(backend)")
        }
      }
    }
  }
}

/// `F_SETLEASE`, which Swift's module of libc lacks.
private let setLease: Int32 = 1024

private let canLease: Bool = {
  guard let file = try? TemporaryFile(contents: "", mode: 0o600),
    let opened = try? Fd(opening: RawString(file.path), for: .reading)
  else { return false }
  return fcntl(opened.rawValue, setLease, F_WRLCK) == 0
}()
