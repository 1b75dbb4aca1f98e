import CoreShift
import Testing

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
  func `the child has no other descriptor, unless told`(way: SpawnWay) throws {
    let leaky = try Pipe()
    try leaky.readEnd.setExecMode(.inherited)
    let raised = try raise(leaky.readEnd.duplicate())
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

  @Test func `the best backend is found by trying`() {
    #expect(SpawnBackend.preferred == .clone)
  }
}
