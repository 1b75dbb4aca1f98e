import CoreShift
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// One option of a spawn: how to ask for it, and how to see in the child that it was done.
struct SpawnOptionRow: Sendable, CustomTestStringConvertible {
  /// The name of the property in `SpawnOptions`.
  let option: String
  let effect: String
  /// What the child runs, by `/bin/sh -c`.
  let script: String
  /// Whether the C library's posix_spawn can do it.
  var isPortable = true
  let change: @Sendable (inout SpawnOptions) -> Void
  /// Whether the output shows the effect.
  let isShown: @Sendable (String) -> Bool

  var testDescription: String { "\(option): \(effect)" }
}

private func row(
  _ option: String, _ effect: String, _ script: String, isPortable: Bool = true,
  _ change: @escaping @Sendable (inout SpawnOptions) -> Void,
  shows isShown: @escaping @Sendable (String) -> Bool
) -> SpawnOptionRow {
  SpawnOptionRow(
    option: option, effect: effect, script: script, isPortable: isPortable, change: change,
    isShown: isShown)
}

/// The words of a line, of which `stat` in `/proc` has the group at 4, the session at 5 and the
/// terminal at 6.
private func words(_ output: String) -> [Substring] { output.split(whereSeparator: \.isWhitespace) }

extension SpawnOptionRow {
  /// Every option at least once.
  static let table = basics + streams + surroundings + traits

  /// Apart from the table, because not every machine lets a control group be made.
  static let controlGroup = row(
    "controlGroup", "is where it begins", "cat /proc/self/cgroup", isPortable: false
  ) {
    $0.controlGroup = group.descriptor
  } shows: {
    $0.contains("0::\(group.name)\n")
  }

  private static let basics: [SpawnOptionRow] = [
    row("executable", "is run whatever the name", "echo $0") {
      $0.executable = "/bin/sh"
      $0.arguments = ["another", "-c", "echo $0"]
    } shows: {
      $0 == "another\n"
    },
    row("arguments", "arrive as they are", "") {
      $0.arguments = ["/bin/echo", "a b", ""]
    } shows: {
      $0 == "a b \n"
    },
    row("environment", "is replaced", "echo $ONE") {
      $0.environment = .replace(["ONE=1"])
    } shows: {
      $0 == "1\n"
    },
    row("environment", "is edited", "echo $ONE ${PATH:-none}") {
      $0.environment = .edit([.set("ONE", to: "1"), .remove("PATH")])
    } shows: {
      $0.hasPrefix("1 ")
    },
    row("workingDirectory", "is where it starts", "pwd") {
      $0.workingDirectory = "/usr/bin"
    } shows: {
      $0 == "/usr/bin\n"
    },
    row("workingDirectory", "may be named by a descriptor of the parent's", "pwd") {
      $0.workingDirectory = RawString("/proc/self/fd/\(directory)")
    } shows: {
      $0 == "/usr\n"
    },
    row("workingDirectoryDescriptor", "is where it starts", "pwd") {
      $0.workingDirectoryDescriptor = directory
    } shows: {
      $0 == "/usr\n"
    },
    row("workingDirectoryDescriptor", "is where a relative path starts", "pwd") {
      $0.workingDirectoryDescriptor = directory
      $0.workingDirectory = "bin"
    } shows: {
      $0 == "/usr/bin\n"
    },
    row("workingDirectoryDescriptor", "may have a number that is overwritten", "pwd") {
      $0.workingDirectoryDescriptor = directory
      $0.descriptors = [DescriptorMapping(from: 1, to: directory)]
    } shows: {
      $0 == "/usr\n"
    },
  ]

  private static let streams: [SpawnOptionRow] = [
    row("standardInput", "is null", "readlink /proc/$$/fd/0") {
      $0.standardInput = .null
    } shows: {
      $0 == "/dev/null\n"
    },
    row("standardInput", "is a file", "read a; echo $a | cut -d: -f1") {
      $0.standardInput = .file("/etc/passwd")
    } shows: {
      $0 == "root\n"
    },
    row("standardInput", "is a descriptor", "readlink /proc/$$/fd/0") {
      $0.standardInput = .descriptor(directory)
    } shows: {
      $0 == "/usr\n"
    },
    row("standardInput", "is a terminal", "tty") {
      $0.standardInput = .terminal
    } shows: {
      $0.hasPrefix("/dev/pts/")
    },
    row("standardOutput", "is a pipe", "readlink /proc/$$/fd/1") { _ in
    } shows: {
      $0.hasPrefix("pipe:")
    },
    row("standardError", "is the output", "echo 1; echo 2 >&2; echo 3") {
      $0.standardError = .standardOutput
    } shows: {
      $0 == "1\n2\n3\n"
    },
    row("terminalSize", "is the child's", "stty size") {
      $0.standardInput = .terminal
      $0.terminalSize = TerminalSize(rows: 7, columns: 99)
    } shows: {
      $0 == "7 99\n"
    },
    row("controllingTerminal", "is the child's", "cut -d' ' -f7 /proc/$$/stat", isPortable: false) {
      $0.session = .own
      $0.standardInput = .terminal
      $0.controllingTerminal = 0
    } shows: {
      $0 != "0\n"
    },
  ]

  private static let surroundings: [SpawnOptionRow] = [
    row("descriptors", "are mapped", "readlink /proc/$$/fd/9") {
      $0.descriptors = [DescriptorMapping(from: directory, to: 9)]
    } shows: {
      $0 == "/usr\n"
    },
    row("descriptors", "are shared", "readlink /proc/$$/fd/\(directory)") {
      $0.descriptors = [DescriptorMapping(sharing: directory)]
    } shows: {
      $0 == "/usr\n"
    },
    row("closePolicy", "closes the rest", "test -e /proc/$$/fd/\(leaky) || echo closed") {
      $0.closePolicy = .everythingElse
    } shows: {
      $0 == "closed\n"
    },
    row("closePolicy", "leaves what leaks", "readlink /proc/$$/fd/\(leaky)") {
      $0.closePolicy = .closeOnExecOnly
    } shows: {
      $0 == "/usr\n"
    },
    row("closePolicy", "leaves what is below", "readlink /proc/$$/fd/\(leaky)") {
      $0.closePolicy = .from(leaky + 1)
    } shows: {
      $0 == "/usr\n"
    },
    row("closePolicy", "closes from a number on", "test -e /proc/$$/fd/\(leaky) || echo closed") {
      $0.closePolicy = .from(leaky)
    } shows: {
      $0 == "closed\n"
    },
    row("processGroup", "is its own", "echo $$; cut -d' ' -f5 /proc/$$/stat") {
      $0.processGroup = .own
    } shows: {
      words($0)[0] == words($0)[1]
    },
    row("session", "is its own", "echo $$; cut -d' ' -f6 /proc/$$/stat") {
      $0.session = .own
    } shows: {
      words($0)[0] == words($0)[1]
    },
  ]

  private static let traits: [SpawnOptionRow] = [
    row("identity", "is the child's", "id -u; id -g; id -G", isPortable: false) {
      $0.identity = SpawnOptions.Identity(
        user: isPrivileged ? 65534 : nil, group: isPrivileged ? 65533 : nil,
        supplementaryGroups: isPrivileged ? [7, 8] : nil)
    } shows: {
      isPrivileged ? $0 == "65534\n65533\n65533 7 8\n" : words($0).count >= 3
    },
    row("resourceLimits", "hold", "ulimit -Sn; ulimit -Hn; ulimit -Hc", isPortable: false) {
      $0.resourceLimits = [
        ResourceLimit(.openFiles, soft: 50, hard: 60), ResourceLimit(.coreBytes, soft: 0, hard: 0),
      ]
    } shows: {
      $0 == "50\n60\n0\n"
    },
    row("fileMask", "holds", "umask", isPortable: false) {
      $0.fileMask = 0o027
    } shows: {
      $0 == "0027\n"
    },
    row("niceness", "holds", "cut -d' ' -f19 /proc/$$/stat", isPortable: false) {
      $0.niceness = 7
    } shows: {
      $0 == "7\n"
    },
    row("forbidsNewPrivileges", "holds", "grep NoNewPrivs /proc/$$/status", isPortable: false) {
      $0.forbidsNewPrivileges = true
    } shows: {
      $0 == "NoNewPrivs:\t1\n"
    },
    row("parentDeathSignal", "does not hurt while the parent lives", "echo", isPortable: false) {
      $0.parentDeathSignal = .terminate
    } shows: {
      $0 == "\n"
    },
  ]

  /// `/usr`, at a high number.
  private static let directory = number(of: "/usr", FD_CLOEXEC)

  /// `/usr` again, and every child inherits it unless it is closed there.
  private static let leaky = number(of: "/usr", 0)

  private static func number(of path: String, _ flag: Int32) -> Int32 {
    guard let opened = try? Fd(opening: RawString(path), for: .reading) else { return -1 }
    let number = fcntl(opened.rawValue, F_DUPFD_CLOEXEC, 1500)
    _ = fcntl(number, F_SETFD, flag)
    return number
  }

  /// A control group for these tests; -1 where none can be made.
  static let group = ControlGroup()
}

/// A control group that goes when the tests end.
struct ControlGroup: Sendable {
  let descriptor: Int32
  let name: String

  init() {
    let name = "coreshift-test-\(getpid())"
    var found: Int32 = -1
    for root in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] where found < 0 {
      guard unsafe access("\(root)/cgroup.procs", W_OK) == 0 else { continue }
      guard unsafe mkdir("\(root)/\(name)", 0o755) == 0 else { continue }
      found = unsafe open("\(root)/\(name)", O_RDONLY | O_CLOEXEC)
      atexit {
        unsafe rmdir("/sys/fs/cgroup/coreshift-test-\(getpid())")
        unsafe rmdir("/sys/fs/cgroup/unified/coreshift-test-\(getpid())")
      }
    }
    descriptor = found
    self.name = "/" + name
  }

  var isAvailable: Bool { descriptor >= 0 }
}
