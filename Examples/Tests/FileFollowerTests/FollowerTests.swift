import Drift
import Testing

@testable import FileFollower

@Suite struct FollowerTests {
  /// Follows what `paths` names in a new directory while `body` changes it; gives what was told.
  ///
  /// `prepare` comes before it is followed. `body` waits for a text by calling its second argument.
  private func followed(
    _ names: [String], lastLines: Int = 10, _ prepare: (RawString) throws -> Void = { _ in },
    while body: (RawString, (String) throws -> Void) throws -> Void
  ) throws -> String {
    try Drift.run {
      try withTemporaryDirectory { directory in
        let (near, far) = MemoryStream.pair()
        var told = ""
        try withTimeout(.seconds(20)) {
          try withScope { scope in
            let follower = try Follower(writingTo: far)
            try prepare(directory)
            for name in names {
              let own = "\(directory)".split(separator: "/").last ?? ""
              let name = name.replacing("NAME", with: own)
              let path = name == "." ? directory : directory.appending(RawString(name))
              try follower.add(path, lastLines: lastLines)
            }
            scope.spawn(name: "follower") { try follower.run() }
            try body(directory) { text in
              var chunk = [UInt8](repeating: 0, count: 4_096)
              while !told.contains(text) {
                let count = try near.read(into: &chunk)
                told += String(decoding: chunk[..<count], as: UTF8.self)
              }
            }
            scope.cancel()
          }
          far.close()
          told += String(decoding: try near.readAll(limit: 1 << 20), as: UTF8.self)
        }
        return told
      }
    }
  }

  private func append(_ text: String, to path: RawString) throws {
    let file = try File(opening: path, for: .writing, [.create, .append])
    defer { file.close() }
    try file.write(text)
  }

  @Test func `new lines are told, whole, whatever pieces they come in`() throws {
    let told = try followed(["log"]) { directory, wait in
      let log = directory.appending("log")
      try append("one\ntw", to: log)
      try wait("one\n")
      try append("o\n", to: log)
      try wait("two\n")
    }
    #expect(told == "one\ntwo\n")
  }

  @Test func `after a rotation the rest of the old file comes before the new one`() throws {
    let told = try followed(["log"]) { directory, wait in
      let log = directory.appending("log")
      try append("one\n", to: log)
      try wait("one\n")
      try File.rename(log, to: directory.appending("log.1"))
      try append("two\n", to: directory.appending("log.1"))
      try append("three\n", to: log)
      try wait("three\n")
    }
    #expect(told == "one\ntwo\nthree\n")
  }

  @Test func `a truncated file is told from its start`() throws {
    let told = try followed(["log"]) { directory, wait in
      let log = directory.appending("log")
      try append("one\ntwo\nthree\n", to: log)
      try wait("three\n")
      let file = try File(opening: log, for: .writing, [.truncate])
      defer { file.close() }
      try file.write("new\n")
      try wait("new\n")
    }
    #expect(told == "one\ntwo\nthree\nnew\n")
  }

  @Test func `of a directory all files are followed, also those that come later`() throws {
    let told = try followed(["."]) { directory, wait in
      for number in 0..<500 {
        try append("line of \(number)\n", to: directory.appending(RawString("log\(number)")))
      }
      for number in 0..<500 { try wait("line of \(number)\n") }
    }
    #expect(told.components(of: "line of ") == 500)
  }

  @Test func `a slash behind a directory's name makes no difference`() throws {
    let told = try followed(["./", "."]) { directory, wait in
      try append("one\n", to: directory.appending("log"))
      try wait("one\n")
    }
    #expect(told == "one\n")
  }

  @Test func `a directory under two names is one`() throws {
    let told = try followed(["log", "../NAME/other"]) { directory, wait in
      try append("one\n", to: directory.appending("log"))
      try wait("one\n")
      try append("two\n", to: directory.appending("other"))
      try wait("two\n")
    }
    #expect(told.components(of: "one\n") == 1 && told.components(of: "two\n") == 1)
  }

  @Test func `what a link leads to is followed, also when it leads elsewhere`() throws {
    let told = try followed(["sub/link"]) { directory in
      try Directory.create(directory.appending("sub"))
      try Directory.create(directory.appending("logs"))
      try shell("ln -s ../logs/real sub/link", in: directory)
    } while: { directory, wait in
      try append("one\n", to: directory.appending("logs/real"))
      try wait("one\n")
      try append("two\n", to: directory.appending("logs/real"))
      try wait("two\n")
      try append("three\n", to: directory.appending("logs/next"))
      try shell("ln -s ../logs/next sub/new; mv -T sub/new sub/link", in: directory)
      try wait("three\n")
      try append("four\n", to: directory.appending("logs/next"))
      try wait("four\n")
    }
    #expect(told == "one\ntwo\nthree\nfour\n")
  }

  @Test func `a last line without an end is told, and what comes goes on with it`() throws {
    let told = try followed(["log"]) { directory in
      try append("one\ntw", to: directory.appending("log"))
    } while: { directory, wait in
      try wait("tw")
      try append("o\nthree\nfo", to: directory.appending("log"))
      try wait("three\n")
    }
    #expect(told == "one\ntwo\nthree\nfo")
  }

  private func shell(_ script: String, in directory: RawString) throws {
    var command = Command("sh", "-ec", RawString(script))
    command.workingDirectory = directory
    try command.run()
  }
}

extension String {
  fileprivate func components(of text: String) -> Int {
    ranges(of: text).count
  }
}
