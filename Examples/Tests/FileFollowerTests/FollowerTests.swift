import Drift
import Testing

@testable import FileFollower

@Suite struct FollowerTests {
  /// Follows what `paths` names in a new directory while `body` changes it; gives what was told.
  ///
  /// `body` waits for a text by calling its second argument.
  private func followed(
    _ names: [String], lastLines: Int = 10,
    _ body: (RawString, (String) throws -> Void) throws -> Void
  ) throws -> String {
    try Drift.run {
      try withTemporaryDirectory { directory in
        let (near, far) = MemoryStream.pair()
        var told = ""
        try withTimeout(.seconds(20)) {
          try withScope { scope in
            let follower = try Follower(writingTo: far)
            for name in names {
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
}

extension String {
  fileprivate func components(of text: String) -> Int {
    ranges(of: text).count
  }
}
