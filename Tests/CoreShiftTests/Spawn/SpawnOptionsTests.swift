import CoreShift
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// What is refused before anything is created, and what the options mean to the child.
@Suite struct SpawnOptionsTests {
  private func refusal(_ change: (inout SpawnOptions) -> Void) -> ErrorSubject? {
    var options = SpawnOptions(["/bin/true"], backend: .clone)
    change(&options)
    let error = failure(of: options)
    #expect(error?.operation == "spawn")
    #expect(error?.code == .invalidArgument)
    return error?.subject
  }

  @Test func `what makes no sense is EINVAL, with the option's name`() {
    #expect(refusal { $0.arguments = [] } == .argument("arguments"))
    #expect(refusal { $0.arguments.append("a\0b") } == .argument("arguments"))
    #expect(refusal { $0.executable = "a\0b" } == .argument("executable"))
    #expect(refusal { $0.workingDirectory = "/\0" } == .argument("workingDirectory"))
    #expect(refusal { $0.environment = .replace(["A=\0"]) } == .argument("environment"))
    #expect(refusal { $0.environment = .replace(["A"]) } == .argument("environment"))
    #expect(refusal { $0.environment = .replace(["=A"]) } == .argument("environment"))
    #expect(refusal { $0.environment = .replace([""]) } == .argument("environment"))
    #expect(refusal { $0.environment = .edit([.set("", to: "x")]) } == .argument("environment"))
    #expect(refusal { $0.environment = .edit([.set("A=B", to: "x")]) } == .argument("environment"))
    #expect(refusal { $0.environment = .edit([.set("A", to: "\0")]) } == .argument("environment"))
    #expect(refusal { $0.environment = .edit([.remove("A=")]) } == .argument("environment"))
    #expect(refusal { $0.standardInput = .standardOutput } == .argument("standardInput"))
    #expect(refusal { $0.standardOutput = .standardOutput } == .argument("standardOutput"))
    #expect(refusal { $0.standardError = .descriptor(-1) } == .argument("standardError"))
    #expect(refusal { $0.processGroup = .join(0) } == .argument("processGroup"))
    #expect(refusal { $0.descriptors = [.init(from: -1, to: 5)] } == .argument("descriptors"))
    #expect(refusal { $0.descriptors = [.init(from: 0, to: 2)] } == .argument("descriptors"))
    #expect(
      refusal { $0.descriptors = [.init(from: 0, to: 5), .init(from: 1, to: 5)] }
        == .argument("descriptors"))
    #expect(
      refusal {
        $0.session = .own
        $0.processGroup = .own
      } == .argument("processGroup"))
    #expect(refusal { $0.standardOutput = .file("a\0b") } == .argument("standardOutput"))
    #expect(refusal { $0.standardInput = .file("/", .truncate) } == .argument("standardInput"))
    #expect(
      refusal { $0.standardError = .file("/", permissions: 0o10000) } == .argument("standardError"))
    #expect(refusal { $0.closePolicy = .from(-1) } == .argument("closePolicy"))
  }

  @Test func `a trait that no process can have is EINVAL, with the option's name`() {
    typealias Identity = SpawnOptions.Identity
    let nobody = UInt32.max
    #expect(
      refusal { $0.workingDirectoryDescriptor = -1 } == .argument("workingDirectoryDescriptor"))
    #expect(refusal { $0.identity = Identity(user: nobody, group: nil) } == .argument("identity"))
    #expect(refusal { $0.identity = Identity(user: nil, group: nobody) } == .argument("identity"))
    #expect(
      refusal { $0.identity = Identity(user: nil, group: nil, supplementaryGroups: [nobody]) }
        == .argument("identity"))
    #expect(refusal { $0.fileMask = 0o1000 } == .argument("fileMask"))
    #expect(refusal { $0.niceness = 20 } == .argument("niceness"))
    #expect(refusal { $0.niceness = -21 } == .argument("niceness"))
    #expect(
      refusal { $0.parentDeathSignal = Signal(rawValue: 0) } == .argument("parentDeathSignal"))
    #expect(
      refusal { $0.parentDeathSignal = Signal(rawValue: 65) } == .argument("parentDeathSignal"))
    #expect(refusal { $0.controlGroup = -1 } == .argument("controlGroup"))
    #expect(refusal { $0.controllingTerminal = 0 } == .argument("controllingTerminal"))
    #expect(
      refusal {
        $0.session = .own
        $0.controllingTerminal = 3
      } == .argument("controllingTerminal"))
  }

  @Test func `a limit that no process can have is EINVAL`() {
    let refused: [[ResourceLimit]] = [
      [ResourceLimit(.openFiles, soft: 2, hard: 1)],
      [ResourceLimit(.init(rawValue: 16), soft: 1)],
      [ResourceLimit(.init(rawValue: -1), soft: 1)],
      [ResourceLimit(.openFiles, soft: 1), ResourceLimit(.openFiles, soft: 1)],
    ]
    for limits in refused {
      #expect(refusal { $0.resourceLimits = limits } == .argument("resourceLimits"))
    }
  }

  @Test(arguments: SpawnWay.all)
  func `an environment is bytes, not text`(way: SpawnWay) throws {
    var options = way.options(["/usr/bin/env"])
    let entry: [UInt8] = [0xff, 0xfe] + Array("=".utf8) + [0x80, 0x0a, 0x27]
    options.environment = .replace([RawString(bytes: entry)])
    #expect(try capture(options).outputBytes == entry + [0x0a])
  }

  @Test(arguments: SpawnWay.all)
  func `a relative path starts where the child starts`(way: SpawnWay) throws {
    var options = way.options(["bin/sh", "-c", "pwd"])
    options.workingDirectory = "/usr"
    #expect(try capture(options).output == "/usr\n")
    options.arguments[0] = "nowhere/sh"
    #expect(failure(of: options)?.code == .notFound)
  }

  @Test(arguments: SpawnWay.all)
  func `a directory that is none names the step`(way: SpawnWay) throws {
    var options = way.options(["/bin/true"])
    options.workingDirectory = "/etc/passwd"
    #expect(
      failure(of: options)
        == CoreError(operation: "chdir", code: .notDirectory, subject: .path("/etc/passwd")))
    options.workingDirectory = nil
    options.workingDirectoryDescriptor = 9999
    #expect(
      failure(of: options)
        == CoreError(operation: "fchdir", code: .badDescriptor, subject: .descriptor(9999)))
    let file = try Fd(opening: "/etc/passwd", for: .reading)
    options.workingDirectoryDescriptor = file.rawValue
    #expect(
      failure(of: options)
        == CoreError(
          operation: "fchdir", code: .notDirectory, subject: .descriptor(file.rawValue)))
  }

  @Test(arguments: SpawnWay.all)
  func `a file is made, appended to, and named when it cannot be opened`(way: SpawnWay) throws {
    let directory = try TemporaryDirectory(mode: 0o755)
    let path = "\(directory.path)/log"
    var options = way.options(["/bin/sh", "-c", "echo line; echo error >&2"])
    options.standardOutput = .file(RawString(path), [.create, .append], permissions: 0o600)
    options.standardError = .standardOutput
    for _ in 0..<2 {
      var spawned = try options.spawn()
      #expect(try spawned.process.waitExit(for: .seconds(20))?.status == .exited(code: 0))
    }
    #expect(
      text(try readAll(Fd(opening: RawString(path), for: .reading)))
        == "line\nerror\nline\nerror\n")
    options.standardOutput = .file(RawString(path), .createNew)
    #expect(
      failure(of: options)
        == CoreError(operation: "open", code: .alreadyExists, subject: .path(path)))
    unsafe unlink(path)
  }

  @Test(arguments: SpawnWay.all)
  func `the environment can be replaced, inherited and edited`(way: SpawnWay) throws {
    var options = way.options(["/usr/bin/env"])
    options.environment = .replace(["A=1", "B=two words", "C="])
    #expect(try capture(options).output == "A=1\nB=two words\nC=\n")
    options.environment = .replace([])
    #expect(try capture(options).output == "")
    options.environment = .inherit
    let inherited = Set(try capture(options).output.split(separator: "\n"))
    #expect(inherited.contains { $0.hasPrefix("PATH=") })
    options.environment = .edit([
      .set("DRIFT_A", to: "1"), .set("DRIFT_A", to: "2"), .remove("PATH"), .set("DRIFT_B", to: "x"),
      .remove("DRIFT_B"), .remove("DRIFT_NEVER_THERE"),
    ])
    let edited = Set(try capture(options).output.split(separator: "\n"))
    #expect(edited == inherited.filter { !$0.hasPrefix("PATH=") }.union(["DRIFT_A=2"]))
  }

  @Test(arguments: SpawnWay.all)
  func `a child can lead a group, join one, and lead a session`(way: SpawnWay) throws {
    // Fields 5 and 6 of stat are the group and the session; the name in field 2 has no space here.
    var options = way.options(["/bin/sh", "-c", "cut -d' ' -f1,5,6 /proc/$$/stat"])
    options.processGroup = .own
    let own = try capture(options).output.split(whereSeparator: \.isWhitespace)
    #expect(own[0] == own[1] && own[0] != own[2])

    var leader = way.options(["/bin/sleep", "30"])
    leader.processGroup = .own
    let led = try leader.spawn()
    options.processGroup = .join(led.process.pid)
    let joined = try capture(options).output.split(whereSeparator: \.isWhitespace)
    #expect(joined[1] == "\(led.process.pid)" && joined[0] != joined[1])

    options.processGroup = .inherit
    options.session = .own
    let session = try capture(options).output.split(whereSeparator: \.isWhitespace)
    #expect(session[0] == session[1] && session[0] == session[2])
  }

  @Test func `a group that cannot be joined names the step and the group`() {
    var options = SpawnOptions(["/bin/true"], backend: .clone)
    options.processGroup = .join(0x3fff_ffff)
    let error = failure(of: options)
    #expect(error?.operation == "setpgid")
    #expect(error?.code == .notPermitted)
    #expect(error?.subject == .process(0x3fff_ffff))
  }

  @Test(arguments: SpawnWay.all)
  func `descriptors can be swapped, overlapped and shared`(way: SpawnWay) throws {
    let pipes = [try makeNamed("a"), try makeNamed("b"), try makeNamed("c")]
    let (a, b, c) = (pipes[0], pipes[1], pipes[2])
    defer { for number in pipes { try? Fd(adopting: number).close() } }
    var options = way.options(
      ["/bin/cat"] + [a, b, c, 7].map { RawString("/proc/self/fd/\($0)") })
    // A cycle of three, and one of them again at a number of its own.
    options.descriptors = [
      DescriptorMapping(from: a, to: b), DescriptorMapping(from: b, to: c),
      DescriptorMapping(from: c, to: a), DescriptorMapping(from: b, to: 7),
    ]
    #expect(Set([a, b, c, 7]).count == 4)
    #expect(try capture(options).output == "cab")
    for number in [a, b, c] {
      #expect(fcntl(number, F_GETFD) == FD_CLOEXEC, "only the child's copy is inherited")
    }
  }

  /// The read end of a closed pipe that holds one letter, above 9.
  private func makeNamed(_ name: String) throws -> Int32 {
    let pipe = try Pipe(readEnd: .blocking, writeEnd: .blocking)
    _ = try pipe.writeEnd.write(Array(name.utf8))
    return try raise(pipe.readEnd)
  }

  @Test(arguments: SpawnWay.all)
  func `a mapping of a closed descriptor is EBADF, and names it`(way: SpawnWay) {
    var options = way.options(["/bin/true"])
    options.descriptors = [DescriptorMapping(from: 9999, to: 5)]
    let error = failure(of: options)
    #expect(error == CoreError(operation: "dup3", code: .badDescriptor, subject: .descriptor(9999)))
  }

  @Test(arguments: SpawnWay.all)
  func `a mapping beyond the limit is EBADF, and names its target`(way: SpawnWay) throws {
    let pipe = try Pipe()
    var options = way.options(["/bin/true"])
    options.descriptors = [DescriptorMapping(from: pipe.readEnd.rawValue, to: .max)]
    let error = failure(of: options)
    #expect(error == CoreError(operation: "dup3", code: .badDescriptor, subject: .descriptor(.max)))
  }

  @Test(arguments: SpawnWay.all)
  func `a closed number is not taken for the pipe that gets it next`(way: SpawnWay) throws {
    try withOwnDescriptors {
      let lowest = try Fd(opening: "/dev/null", for: .reading)
      let number = lowest.rawValue
      try lowest.close()
      var options = way.options(["/bin/true"])
      options.standardInput = .pipe
      options.descriptors = [DescriptorMapping(from: number, to: 40)]
      let error = failure(of: options)
      #expect(error?.code == .badDescriptor && error?.subject == .descriptor(number))
    }
  }

  @Test(arguments: SpawnWay.all)
  func `the child has no other descriptor, unless told`(way: SpawnWay) throws {
    let leaky = try Pipe()
    try leaky.readEnd.setExecMode(.inherited)
    // Far beyond 1024.
    let raised = fcntl(leaky.readEnd.rawValue, F_DUPFD_CLOEXEC, 3000)
    defer { try? Fd(adopting: raised).close() }
    let inherited = try Fd(adopting: raised)
    try inherited.setExecMode(.inherited)
    var options = way.options(["/bin/sh", "-c", "for f in /proc/$$/fd/*; do echo ${f##*/}; done"])
    options.descriptors = [DescriptorMapping(from: raised, to: 5)]
    let closed = try capture(options).output.split(separator: "\n")
    #expect(Set(closed).isSuperset(of: ["0", "1", "2", "5"]))
    #expect(!closed.contains("\(raised)"))
    options.closePolicy = .closeOnExecOnly
    let open = try capture(options).output.split(separator: "\n")
    #expect(open.contains("\(raised)"))
    _ = inherited.release()
  }

  @Test(arguments: SpawnWay.all)
  func `the child's ends of its pipes are blocking`(way: SpawnWay) throws {
    var options = way.options(["/bin/sh", "-c", "grep flags /proc/$$/fdinfo/[012]"])
    options.standardInput = .pipe
    for line in try capture(options).output.split(separator: "\n") {
      let flags = try #require(Int(line.split(separator: "\t").last ?? "", radix: 8))
      #expect(flags & 0o4000 == 0, "\(line)")
    }
  }
}
