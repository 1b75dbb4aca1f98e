import CoreShift
import Glibc
import TestSupport
import Testing

/// The table of errors in the documentation, against what CoreShift throws.
///
/// That it names every operation and every argument of the sources is a test of the architecture.
@Suite struct ErrorTableTests {
  @Test func `what is brought about is in the table, and the rest is known by its test`() throws {
    let table = try ErrorTable()
    try withOwnDescriptors {
      let seen = try ErrorTable.keys(of: ErrorTrigger.all)
      #expect(seen.subtracting(table.keys) == [], "thrown, and not in the table")
      let rest = table.keys.subtracting(seen).subtracting(ErrorTable.exhausted)
      #expect(rest.subtracting(elsewhere.keys) == [], "in the table, and never thrown")
      #expect(
        Set(elsewhere.keys).subtracting(rest) == [], "thrown here already, or not in the table")
    }
  }

  @Test func `without a number for a descriptor each call is in the table`() async {
    await #expect(processExitsWith: .success) {
      let expected = ErrorTable.exhausted
      #expect(expected == (try ErrorTable().keys.filter { $0.contains(" EMFILE ") }))
      let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
      _ = try Socket.connect(to: Socket.localAddress(of: listener))
      var limit = rlimit()
      unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      let highest = limit.rlim_cur
      limit.rlim_cur = rlim_t(lowestFreeNumber())
      unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      let seen = try ErrorTable.keys(
        of: [
          { _ = try Fd(opening: "/", for: .reading) }, { _ = try listener.duplicate() },
          { _ = try Pipe() }, { _ = try EventDescriptor() }, { _ = try TimerDescriptor() },
          { _ = try SignalDescriptor([.user1]) }, { _ = try DescriptorCensus() },
          { _ = try Reactor() }, { _ = try DatagramSocket.open(.v4) },
          { _ = try UnixSocket.makePair() }, { _ = try Watches() },
          { _ = try Socket.accept(from: listener) },
        ])
      limit.rlim_cur = highest
      unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      #expect(seen == expected)
    }
  }

  @Test(
    .enabled(if: isPrivileged, "takes the privilege to change the root"),
    .disabled(if: isSanitized, "the sanitizer looks into /proc itself when the process ends"))
  func `without /proc the census is in the table`() async {
    await #expect(processExitsWith: .success) {
      let table = try ErrorTable()
      // A directory that is there on every machine, and has no `proc` in it.
      try #require(unsafe chroot("/etc") == 0)
      let seen = try ErrorTable.keys(of: [{ _ = try DescriptorCensus() }])
      #expect(seen == ["opendir ENOENT path"])
      #expect(table.keys.isSuperset(of: seen))
    }
  }

  /// What takes more than a call, and the suite that has its test.
  private let elsewhere = [
    "open EACCES path": "FdOpenTests",
    "close EIO descriptor": "FdTests",
    "epoll_ctl_add ESTALE descriptor": "ReactorForkTests",
    "epoll_ctl_mod ESTALE descriptor": "ReactorForkTests",
    "epoll_ctl_del ESTALE descriptor": "ReactorForkTests",
    "epoll_wait ESTALE descriptor": "ReactorForkTests",
    "opendir ENOENT path": "ErrorTableTests",
    "getdents64 EIO descriptor": "FileFaultTests",
    "clone3 ENOSYS descriptor": "SpawnBackendTests",
    "rt_sigaction EPERM –": "ChildFaultTests",
    "setsid EPERM –": "ChildFaultTests",
    "setpriority EACCES argument `niceness`": "SpawnTraitTests",
    "prlimit64 EPERM argument `resourceLimits`": "SpawnTraitTests",
    "setgroups EPERM argument `identity`": "SpawnTraitTests",
    "setresgid EPERM argument `identity`": "SpawnTraitTests",
    "prctl EPERM argument `identity`": "ChildFaultTests",
    "setresuid EPERM argument `identity`": "SpawnTraitTests",
    "chdir EACCES path": "SpawnTraitTests",
    "prctl EPERM argument `forbidsNewPrivileges`": "ChildFaultTests",
    "prctl EPERM argument `parentDeathSignal`": "ChildFaultTests",
    "close_range EPERM –": "ChildFaultTests",
    "rt_sigprocmask EPERM –": "ChildFaultTests",
    "pidfd_open ESRCH path": "SpawnFaultTests",
    "pidfd_send_signal EPERM process": "RunningProcessRefusedTests",
    "fchmod EPERM address": "SocketFaultTests",
    "lstat EPERM path": "SocketFaultTests",
    "listen EADDRINUSE address": "SocketFaultTests",
    "recv ECONNRESET descriptor": "SocketTests",
    "recvfrom ECONNREFUSED descriptor": "DatagramSocketTests",
    "inotify_add_watch EACCES path": "WatchesTests",
    "inotify_add_watch ENOSPC path": "WatchesTests",
  ]
}

/// The rows of the article, each as `operation CODE subject`.
struct ErrorTable {
  let keys: Set<String>

  init() throws {
    let article = try packageText("Sources/CoreShift/CoreShift.docc/Errors.md")
    var keys: Set<String> = []
    for line in article.split(separator: "\n") where line.hasPrefix("| `") {
      let cells = line.dropFirst(2).dropLast(2).split(separator: " | ").map(String.init)
      try #require(cells.count == 4, "\(line)")
      let key = "\(cells[0].filter { $0 != "`" }) \(cells[2]) \(cells[3])"
      // An operation may have two conditions with one code and one kind of subject.
      keys.insert(key)
    }
    self.keys = keys
  }

  /// What each body throws, which all must.
  static func keys(of bodies: [() throws -> Void]) throws -> Set<String> {
    var keys: Set<String> = []
    for (index, body) in bodies.enumerated() {
      guard let error = errorThrown(by: body) else {
        Issue.record("body \(index) throws nothing")
        continue
      }
      guard let error = error as? CoreError else { throw error }
      keys.insert("\(error.operation) \(error.code.name ?? "?") \(kind(of: error.subject))")
    }
    return keys
  }

  private static func kind(of subject: ErrorSubject) -> String {
    switch subject {
    case .none: "–"
    case .descriptor: "descriptor"
    case .path: "path"
    case .process: "process"
    case .address: "address"
    case .token: "token"
    case .argument(let name): "argument `\(name)`"
    }
  }

  /// The rows of calls that find no number left.
  static let exhausted: Set = [
    "open EMFILE path", "fcntl_dupfd_cloexec EMFILE descriptor", "pipe2 EMFILE –",
    "eventfd EMFILE –", "timerfd_create EMFILE –", "signalfd EMFILE argument `signals`",
    "opendir EMFILE path", "epoll_create1 EMFILE –", "socket EMFILE –", "socketpair EMFILE –",
    "inotify_init1 EMFILE –", "accept4 EMFILE descriptor",
  ]
}
