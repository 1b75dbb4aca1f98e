import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct CommandTests {
  private func failure(_ command: Command) throws -> CoreError {
    try onDrift {
      do {
        _ = try command.output()
      } catch let error as CoreError { return error }
      throw ResourceClosed("a command that should have failed")
    }
  }

  @Test func `arguments arrive byte for byte, and no shell sees them`() throws {
    let odd: [RawString] = ["$HOME", "a b", "", "*", RawString(bytes: [0xFF, 0xFE]), "\n"]
    let long = RawString(String(repeating: "x", count: 100_000))
    let many = (0..<100).map { RawString("argument \($0)") }
    try onDrift {
      let all = odd + many + [long]
      let result = try Command("printf", arguments: ["%s\\0"] + all).output(limit: 1 << 20)
      let expected: [UInt8] = all.flatMap { (text: RawString) -> [UInt8] in text.bytes + [0] }
      #expect(result.standardOutput == expected)
      var named = shell("echo $0")
      named.argumentZero = "my-name"
      named.arguments = ["-c", "echo $0"]
      #expect(try named.output().text == "my-name\n")
    }
  }

  @Test func `arguments that cannot be are refused before anything is made`() throws {
    #expect(try failure(Command("true", "a\0b")).code == .invalidArgument)
    var directory = Command("true")
    directory.workingDirectory = "/\0"
    #expect(try failure(directory).code == .invalidArgument)
    var environment = Command("true")
    environment.environment = .replace(["PATH=/bin", "NOTHING"])
    #expect(try failure(environment).code == .invalidArgument)
    let long = RawString(String(repeating: "x", count: 4 << 20))
    #expect(try failure(Command("/bin/true", long)).code == .argumentListTooLong)
  }

  @Test func `a program that cannot be executed is an error with step, errno and path`() throws {
    let missing = try failure(Command("/nonexistent/program"))
    #expect(missing.code == .notFound && missing.operation == "execveat")
    #expect(missing.subject == .path("/nonexistent/program"))
    let forbidden = try failure(Command("/etc/passwd"))
    #expect(forbidden.code == .permissionDenied && forbidden.operation == "execveat")
    let directory = try failure(Command("/etc"))
    #expect(directory.code == .permissionDenied)
    let unknown = try failure(Command("no-such-program-anywhere"))
    #expect(unknown.code == .notFound && unknown.operation == "search")
    #expect(try failure(Command("")).code == .notFound)
  }

  @Test func `a working directory that is not there names the step`() throws {
    var command = Command("pwd")
    command.workingDirectory = "/usr/bin"
    #expect(try onDrift { try command.output().text } == "/usr/bin\n")
    command.workingDirectory = "/nonexistent"
    let error = try failure(command)
    #expect(error.operation == "chdir" && error.code == .notFound)
    #expect(error.subject == .path("/nonexistent"))
  }

  @Test func `the environment is inherited, replaced or edited, and its PATH is searched`() throws {
    try onDrift {
      var command = Command("env")
      command.environment = .replace(["ONLY=this", "PATH=/usr/bin:/bin"])
      #expect(try command.output().text == "ONLY=this\nPATH=/usr/bin:/bin\n")
      command.environment = .edit([.set("DRIFT_TEST", to: "yes"), .remove("HOME")])
      let lines = try command.output().text.split(separator: "\n")
      #expect(lines.contains("DRIFT_TEST=yes"))
      #expect(!lines.contains { $0.hasPrefix("HOME=") })
      command.environment = .replace(["PATH=/nonexistent"])
      let error = #expect(throws: CoreError.self) { _ = try command.output() }
      #expect(error?.code == .notFound)
    }
  }

  @Test func `a resolved command runs many times and keeps its name`() throws {
    try onDrift {
      let command = try shell("echo $0").resolved()
      #expect(command.program.description.hasPrefix("/"))
      #expect(command.argumentZero == "sh")
      for _ in 0..<5 { #expect(try command.output().text == "sh\n") }
    }
  }

  @Test func `the child leads a group of its own, unless it shall not`() throws {
    try onDrift {
      var command = shell("echo $$ $(ps -o pgid= -p $$ 2>/dev/null || cut -d' ' -f5 /proc/$$/stat)")
      let own = try command.output().text.split(whereSeparator: \.isWhitespace)
      #expect(own.count == 2 && own.first == own.last)
      command.processGroup = .inherit
      let same = try command.output().text.split(whereSeparator: \.isWhitespace)
      #expect(same.last.map(String.init) == String(getpgrp()))
    }
  }

  @Test func `outputs that are not captured are not here`() throws {
    try onDrift {
      var command = shell("echo out; echo err >&2")
      command.standardError = .null
      let result = try command.output()
      #expect(result.text == "out\n" && result.standardError.isEmpty)
      command.standardOutput = .null
      #expect(try command.output().standardOutput.isEmpty)
    }
  }

  @Test func `each backend gives the same`() throws {
    try onDrift {
      for backend in [SpawnBackend.clone, .posixSpawn] {
        var command = shell("cat; echo err >&2; exit 9")
        command.backend = backend
        command.standardInput = .bytes(Array("in".utf8))
        let result = try command.output()
        #expect(result.text == "in" && result.errorText == "err\n")
        #expect(result.status == .exited(code: 9))
      }
    }
  }
}

// What belongs to a whole process is changed in a process of its own.
@Suite struct CommandSurroundingsTests {
  @Test func `capture works whichever of 0, 1 and 2 this process has closed`() async {
    await #expect(processExitsWith: .success) {
      for closed in 0..<8 {
        let saved = (0..<3).map { fcntl(Int32($0), F_DUPFD_CLOEXEC, 64) }
        for number in 0..<3 where closed & 1 << number != 0 { close(Int32(number)) }
        var command = shell("cat; echo err >&2; exit 3")
        command.standardInput = .bytes(Array("in".utf8))
        let result = try onDrift { try command.output() }
        for number in 0..<3 {
          dup2(saved[number], Int32(number))
          close(saved[number])
        }
        try #require(result.text == "in" && result.errorText == "err\n")
        try #require(result.status == .exited(code: 3))
      }
    }
  }

  @Test func `the status is right, or unknown, while this process ignores SIGCHLD`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGCHLD, SIG_IGN)
      let results = try onDrift {
        try (0..<5).map { try shell("exit \($0)").output() }
      }
      for (code, result) in results.enumerated() {
        let status = result.status
        try #require(status == .exited(code: Int32(code)) || status == .unknown)
      }
    }
  }

  @Test func `the status is right while somebody else handles SIGCHLD`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGCHLD) { _ in }
      let result = try onDrift { try shell("sleep 0.05; exit 4").output() }
      try #require(result.status == .exited(code: 4))
    }
  }

  @Test func `nobody is killed by SIGPIPE, and children get its default`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      try onDrift {
        let (reader, writer) = try makePipe()
        reader.close()
        let broken = #expect(throws: CoreError.self) { try writer.write([1]) }
        try #require(broken?.code == .brokenPipe)
        let (one, other) = try makeSocketPair()
        close(other)
        let socket = try Descriptor(adopting: Fd(adopting: one))
        let gone = #expect(throws: CoreError.self) { try socket.write([1]) }
        try #require(gone?.code == .brokenPipe)
        signal(SIGPIPE, SIG_IGN)
        let status = try shell("kill -PIPE $$; exit 1").output().status
        try #require(status == .signalled(.brokenPipe, coreDumped: false))
      }
    }
  }

  @Test func `at the descriptor limit a command fails cleanly, and works afterwards`() async {
    await #expect(processExitsWith: .success) {
      // Of its own, because other OS threads of the tests open and close descriptors too.
      try withOwnDescriptors {
        try Drift.run {
          // What stays open from the first command on.
          try #require(try shell("echo x").output().text == "x\n")
          var held: [HeldPipe] = []
          let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
          var limit = rlimit()
          unsafe getrlimit(kind, &limit)
          limit.rlim_cur = 80
          unsafe setrlimit(kind, &limit)
          while let descriptor = try? Pipe() {
            held.append(HeldPipe(descriptor))
          }
          let before = (0..<80).count { isOpen(Int32($0)) }
          for _ in 0..<10 {
            let error = #expect(throws: CoreError.self) { _ = try shell("echo x").output() }
            try #require(error?.code == .tooManyOpenFiles)
          }
          try #require((0..<80).count { isOpen(Int32($0)) } == before)
          held.removeLast(4)
          try #require(try shell("echo x").output().text == "x\n")
        }
      }
    }
  }
}

private final class HeldPipe {
  private let pipe: Pipe

  init(_ pipe: consuming Pipe) {
    self.pipe = pipe
  }
}
