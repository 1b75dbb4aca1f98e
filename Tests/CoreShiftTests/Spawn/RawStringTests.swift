import CoreShift
import Testing

@Suite struct RawStringTests {
  @Test func `equal bytes are equal, and hashed alike, whether they came as text or not`() {
    let text: RawString = "grün"
    let bytes = RawString(bytes: Array("grün".utf8))
    #expect(text == bytes)
    #expect(bytes == text)
    #expect(bytes == RawString(bytes: bytes.bytes))
    #expect(Set([text, bytes]).count == 1)
  }

  @Test func `other bytes are not equal, and mostly not hashed alike`() {
    let all: [RawString] = [
      "", "a", "b", "ab", RawString(bytes: [0x62, 0x61]), RawString(bytes: [0xff]),
    ]
    #expect(Set(all).count == all.count)
    for (place, left) in all.enumerated() {
      for right in all[..<place] { #expect(left != right) }
    }
    #expect(Set(all.map(\.hashValue)).count > 1)
  }

  @Test func `text is equal by its bytes, not by what it looks like`() {
    #expect(RawString("\u{e9}") != RawString("e\u{301}"))
  }
}
