import Drift
import Testing

@testable import FileFollower

@Suite struct FollowedFileTests {
  /// The lines that are told first of a file with these contents.
  private func beginning(_ text: String, lastLines: Int) throws -> [String] {
    try Drift.run {
      try withTemporaryDirectory { directory in
        let path = directory.appending("log")
        try File.replace(path, with: Array(text.utf8))
        var told: [String] = []
        try FollowedFile(path, as: "log").begin(lastLines: lastLines) { notice in
          switch notice {
          case .line(let line): told.append(String(decoding: line, as: UTF8.self))
          case .part(let part): told.append(String(decoding: part, as: UTF8.self) + "...")
          default: break
          }
        }
        return told
      }
    }
  }

  @Test(arguments: [0, 1, 2, 3, 4, 5])
  func `as many of the last lines are told as there are`(count: Int) throws {
    #expect(
      try beginning("one\ntwo\nthree\nunfinished", lastLines: count)
        == ["one", "two", "three", "unfinished..."].suffix(count))
    #expect(try beginning("\n\n\n", lastLines: count) == ["", "", ""].suffix(count))
    #expect(try beginning("", lastLines: count) == [])
  }

  @Test(arguments: [0, 1, 100, 4_095, 4_096, 4_097, 9_999, 10_000, 10_001])
  func `many lines are told whole, over the pieces in which they are searched`(
    count: Int
  ) throws {
    // Sixteen bytes each with the end, so that one begins where a piece does.
    let lines = (0..<10_000).map { "a line of \(10_000 + $0)" }
    let text = lines.map { $0 + "\n" }.joined()
    #expect(try beginning(text, lastLines: count) == lines.suffix(count))
  }
}
