import CoreShift
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// A copy of a descriptor above 63, close-on-exec; the original is closed.
func raise(_ descriptor: consuming Fd) throws -> Int32 {
  let number = fcntl(descriptor.rawValue, F_DUPFD_CLOEXEC, 64)
  try #require(number >= 0)
  return number
}

/// How many pipes, pidfds, reactors and null devices this process has open; of other kinds the
/// testing library opens some, whenever it likes.
func openDescriptorCount() -> Int {
  var options = SpawnOptions(
    ["/bin/sh", "-c", "for f in /proc/$PPID/fd/*; do readlink $f; done"], backend: .clone)
  options.standardInput = .null
  let kinds = [
    "pipe:", "anon_inode:[pidfd]", "pidfd:", "anon_inode:[eventpoll]", "/dev/null", "/dev/ptmx",
    "/dev/pts/",
  ]
  let output = (try? capture(options).output) ?? ""
  return output.split(separator: "\n").count { line in kinds.contains { line.hasPrefix($0) } }
}

/// The number that the next descriptor would get.
func lowestFreeNumber() -> Int32 {
  let number = fcntl(2, F_DUPFD_CLOEXEC, 0)
  close(number)
  return number
}

/// Asks again for twenty seconds: the testing library opens and closes descriptors, too.
func eventually(_ condition: () -> Bool) -> Bool {
  let start = ContinuousClock.now
  while start.duration(to: .now) < .seconds(20) {
    if condition() { return true }
    sched_yield()
  }
  return false
}

// What must hold in any parent. Each body runs in a process of its own, because it changes what
// belongs to a whole process.
@Suite struct ChildStateTests {
  @Test func `capture works whichever of 0, 1 and 2 the parent has closed`() async {
    await #expect(processExitsWith: .success) {
      let saved = (0..<3).map { fcntl($0, F_DUPFD_CLOEXEC, 64) }
      for way in SpawnWay.all {
        for closed in 0..<8 {
          let pipe = try Pipe(readEnd: .blocking, writeEnd: .blocking)
          let writer = try raise(pipe.writeEnd)
          for number in 0..<3 where closed & 1 << number != 0 { close(Int32(number)) }
          var options = way.options(["/bin/sh", "-c", "cat; echo err >&2; exit 3"])
          options.standardInput = .pipe
          options.standardOutput = .pipe
          options.standardError = .pipe
          var policy = RunPolicy()
          policy.input = Array("input".utf8)
          let piped = try? run(options, policy)
          // The child's inherited streams are exactly those that the parent has open.
          options = way.options([
            "/bin/sh", "-c", "for n in 0 1 2; do [ -e /proc/$$/fd/$n ] && printf $n >&7; done; :",
          ])
          options.standardInput = .inherit
          options.descriptors = [DescriptorMapping(from: writer, to: 7)]
          var inherited = try options.spawn()
          try Fd(adopting: writer).close()
          let open = text(try readAll(pipe.readEnd))
          _ = try inherited.process.waitExit(for: .seconds(20))
          for number in 0..<3 { dup2(saved[number], Int32(number)) }

          #expect(piped?.exit?.status == .exited(code: 3), "\(way) \(closed)")
          #expect(piped.map { text($0.standardOutput) } == "input", "\(way) \(closed)")
          #expect(piped.map { text($0.standardError) } == "err\n", "\(way) \(closed)")
          let expected = (0..<3).filter { closed & 1 << $0 == 0 }.map(String.init).joined()
          #expect(open == expected, "\(way) \(closed)")
        }
      }
    }
  }

  @Test func `signals are at their defaults in the child, whatever the parent does`() async {
    await #expect(processExitsWith: .success) {
      for number in 1...64 where number != SIGKILL && number != SIGSTOP {
        // 32 and 33 are the C library's own: it refuses them.
        signal(Int32(number), number % 2 == 0 ? SIG_IGN : { _ in })
      }
      signal(SIGCHLD, SIG_DFL)
      var all = sigset_t()
      unsafe sigfillset(&all)
      unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
      for way in SpawnWay.all {
        let status = try capture(["/bin/cat", "/proc/self/status"], way).output
        for field in ["SigBlk", "SigIgn", "SigCgt"] {
          #expect(status.contains("\(field):\t0000000000000000\n"), "\(way) \(status)")
        }
      }
      // The spawn gave the parent its own mask back.
      var now = sigset_t()
      unsafe pthread_sigmask(SIG_BLOCK, nil, &now)
      #expect(unsafe sigismember(&now, SIGUSR1) == 1)
      unsafe sigemptyset(&all)
      unsafe pthread_sigmask(SIG_SETMASK, &all, nil)
      _ = try capture(["/bin/true"], SpawnWay.all[0])
      unsafe pthread_sigmask(SIG_BLOCK, nil, &now)
      #expect(unsafe sigismember(&now, SIGUSR1) == 0)
    }
  }

  @Test func `a handler of the parent never runs in the child`() async {
    await #expect(processExitsWith: .success) {
      parentNumber.store(getpid(), ordering: .relaxed)
      runsInChild.store(0, ordering: .relaxed)
      runsInParent.store(0, ordering: .relaxed)
      setpgid(0, 0)
      signal(SIGUSR1) { _ in
        let isParent = getpid() == parentNumber.load(ordering: .relaxed)
        if isParent {
          runsInParent.add(1, ordering: .relaxed)
        } else {
          runsInChild.add(1, ordering: .relaxed)
        }
      }
      // Signals everybody in this group, and so also children that have not executed yet.
      let storm = SpawnOptions(
        ["/bin/sh", "-c", "trap '' USR1; while :; do kill -USR1 0; done"], backend: .clone)
      let stormer = try storm.spawn()
      while runsInParent.load(ordering: .relaxed) == 0 { sched_yield() }
      for index in 0..<300 {
        var child = try SpawnWay.own[index % SpawnWay.own.count].options(["/bin/true"]).spawn()
        let status = try child.process.waitExit(for: .seconds(20))?.status
        #expect(
          status == .exited(code: 0) || status == .signalled(.user1, coreDumped: false))
      }
      #expect(runsInChild.load(ordering: .relaxed) == 0)
      #expect(runsInParent.load(ordering: .relaxed) > 10)
      _ = consume stormer
    }
  }

  @Test func `the status is known while SIGCHLD is ignored`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGCHLD, SIG_IGN)
      for _ in 0..<20 {
        var ended = try SpawnOptions(["/bin/sh", "-c", "exit 7"], backend: .clone).spawn()
        let status = try ended.process.waitExit(for: .seconds(20))?.status
        #expect(status == (hasExitInformation ? .exited(code: 7) : .unknown))
        #expect(try ended.process.pollExit()?.status == status)
      }
      var killed = try SpawnOptions(["/bin/sh", "-c", "kill -9 $$"], backend: .clone).spawn()
      #expect(
        try killed.process.waitExit(for: .seconds(20))?.status
          == (hasExitInformation ? .signalled(.kill, coreDumped: false) : .unknown))
      // A failing exec leaves nothing to reap either.
      #expect(failure(of: SpawnOptions(["/nonexistent"], backend: .clone))?.code == .notFound)
    }
  }

  @Test func `the status is known when somebody else has reaped`() async {
    await #expect(processExitsWith: .success) {
      var ended = try SpawnOptions(["/bin/sh", "-c", "exit 7"], backend: .clone).spawn()
      #expect(try ended.process.pollExit() == nil || ended.process.exit != nil)
      if ended.process.exit == nil { _ = reap(ended.process.pid) }
      #expect(
        try ended.process.pollExit()?.status == (hasExitInformation ? .exited(code: 7) : .unknown))
      // The number may be another process's by now: nothing is sent to it.
      try ended.process.kill()
    }
  }

  @Test func `neither descriptor nor zombie is left, however it went`() async {
    await #expect(processExitsWith: .success) {
      let before = openDescriptorCount()
      for index in 0..<100 {
        let way = SpawnWay.all[index % SpawnWay.all.count]
        var options = way.options(["/bin/true"])
        options.standardInput = .pipe
        options.standardOutput = .pipe
        options.standardError = .null
        options.processGroup = .own
        switch index / SpawnWay.all.count % 5 {
        case 0: _ = try run(options)
        case 1: _ = try options.spawn()
        case 2:
          options.workingDirectory = "/nonexistent"
          _ = failure(of: options)
        case 3:
          options.executable = "/nonexistent"
          _ = failure(of: options)
        default:
          options.descriptors = [DescriptorMapping(from: 9999, to: 9)]
          _ = failure(of: options)
        }
      }
      #expect(eventually { openDescriptorCount() <= before })
      var status: Int32 = 0
      #expect(unsafe waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD)
    }
  }

  @Test func `a spawn that runs out of descriptors leaves nothing behind`() async {
    await #expect(processExitsWith: .success) {
      var limit = rlimit()
      unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      let before = openDescriptorCount()
      let highest = lowestFreeNumber()
      var failures = 0
      for room in 0..<60 {
        var tight = limit
        tight.rlim_cur = rlim_t(highest) + rlim_t(room)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &tight)
        var options = SpawnOptions(["/bin/true"], backend: .clone)
        options.standardInput = .pipe
        options.standardOutput = .pipe
        options.standardError = .pipe
        let error = failure(of: options)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #expect(error == nil || error?.code == .tooManyOpenFiles, "\(room)")
        if error != nil { failures += 1 }
        var status: Int32 = 0
        #expect(unsafe waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD)
        if error == nil { break }
      }
      #expect(eventually { openDescriptorCount() <= before })
      // Six ends of pipes and the pidfd.
      #expect(failures >= 7)
    }
  }
}

// The child shares the parent's memory until it executes, so it would count here, too.
private let runsInParent = Atomic<Int>(0)
private let runsInChild = Atomic<Int>(0)
private let parentNumber = Atomic<Int32>(0)

/// Whether this kernel tells the status of a process that was reaped (6.15).
private let hasExitInformation: Bool = {
  var name = utsname()
  unsafe uname(&name)
  let release = unsafe withUnsafeBytes(of: name.release) { bytes in
    unsafe String(decoding: bytes, as: UTF8.self)
  }
  let numbers = release.split(whereSeparator: { !$0.isNumber }).prefix(2).compactMap { Int($0) }
  return numbers.count == 2 && (numbers[0], numbers[1]) >= (6, 15)
}()
