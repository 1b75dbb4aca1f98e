import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

// What of the child's surroundings a command can say; CoreShift's tests show the rest.
@Suite struct CommandOptionTests {
  @Test func `umask, niceness, limits and privileges are the child's own`() throws {
    try onDrift {
      var command = shell(
        "umask; nice; ulimit -n; grep NoNewPrivs /proc/self/status | tr -dc 0-9; echo")
      command.fileMask = 0o27
      command.niceness = 7
      command.resourceLimits = [ResourceLimit(.openFiles, soft: 50, hard: 60)]
      command.forbidsNewPrivileges = true
      let lines = try command.run().lines
      #expect(Int(lines[0], radix: 8) == 0o27)
      #expect(Array(lines[1...]) == ["7", "50", "1"])
    }
  }

  @Test func `further descriptors, and a directory by its descriptor`() throws {
    try onDrift {
      let pipe = try Pipe(readEnd: .blocking)
      let reader = pipe.readEnd
      let writer = pipe.writeEnd
      _ = try writer.write(Array("given\n".utf8))
      let directory = try Fd(opening: "/usr", for: .reading)
      var command = shell("head -n 1 <&7; pwd")
      command.descriptors = [DescriptorMapping(from: reader.rawValue, to: 7)]
      command.workingDirectoryDescriptor = directory.rawValue
      command.workingDirectory = "bin"
      let lines = try command.run().lines
      #expect(lines[0] == "given" && lines[1].hasSuffix("/bin"))
    }
  }

  @Test func `a session of its own leads a group, too`() throws {
    try onDrift {
      var command = shell("cut -d' ' -f5,6 /proc/self/stat; echo $$; sleep 60")
      command.session = .own
      let child = try command.start()
      let ids = try #require(try child.standardOutput.readLine())
      let pid = try #require(try child.standardOutput.readLine())
      #expect(ids == "\(pid) \(pid)" && pid == "\(child.pid)")
      child.requestEnd()
      #expect(try child.output().status == .signalled(.terminate, coreDumped: false))
    }
  }

  @Test func `an option that the backend has not is refused before anything is made`() throws {
    try onDrift {
      var command = Command("true")
      command.backend = .posixSpawn
      command.fileMask = 0o22
      let error = #expect(throws: CoreError.self) { try command.run() }
      #expect(error?.code == .notImplemented && error?.subject == .argument("fileMask"))
    }
  }

  @Test func `a program with a NUL in its name is no name that is missing`() throws {
    try onDrift {
      for name: RawString in ["ec\0ho", "/bin/ec\0ho", "\0"] {
        let error = #expect(throws: CoreError.self) { try Command(name).run() }
        #expect(error?.code == .invalidArgument && error?.subject == .argument("program"))
      }
    }
  }

  @Test func `the child's PATH is searched, past what cannot be executed`() throws {
    try onDrift {
      let place = "/tmp/drift-path-\(UInt64.random(in: 0 ... .max))"
      defer { _ = try? Command("rm", "-rf", RawString(place)).output() }
      let prepare =
        "mkdir -p \(place)/a/tool \(place)/b \(place)/c \(place)/d; ln -s nowhere \(place)/b/tool; "
        + "echo x >\(place)/c/tool; printf '#!/bin/sh\\necho found' >\(place)/d/tool; "
        + "chmod +x \(place)/d/tool"
      try shell(prepare).run()
      let folders = "\(place)/a:relative::\(place)/b:\(place)/c"
      var command = Command("tool")
      command.environment = .replace([RawString("PATH=\(folders):\(place)/d")])
      #expect(try command.run().text == "found\n")
      command.environment = .edit([.set("PATH", to: RawString(folders))])
      let error = #expect(throws: CoreError.self) { try command.run() }
      #expect(error?.operation == "search" && error?.code == .permissionDenied)
      command.environment = .replace([RawString("PATH=\(place)/b")])
      let missing = #expect(throws: CoreError.self) { try command.run() }
      #expect(missing?.code == .notFound && missing?.subject == .path("tool"))
    }
  }
}
