import Testing

@testable import GreenThreads

@Suite struct LabelTests {
  @Test(arguments: [
    ("", 4, ""), ("pool", 4, "pool"), ("pools", 4, "pool"), ("pool", 0, ""), ("aé", 2, "a"),
    ("aé", 3, "aé"), ("👩‍👩‍👧", 17, ""), ("👩‍👩‍👧!", 18, "👩‍👩‍👧"), ("e\u{301}x", 3, "e\u{301}"),
  ])
  func `a text is cut between characters`(_ text: String, _ limit: Int, _ expected: String) {
    #expect(text.cut(toBytes: limit) == expected)
    #expect(text.cut(toBytes: limit).utf8.count <= limit)
  }
}
