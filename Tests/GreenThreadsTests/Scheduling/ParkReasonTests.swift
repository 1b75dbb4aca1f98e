import Testing

@testable import GreenThreads

@Suite struct ParkReasonTests {
  @Test func `it names a number, a label, a place, or nothing`() {
    let descriptor = ParkReason("to read descriptor", 7)
    #expect(descriptor.description == "to read descriptor 7")
    #expect(descriptor.kind == "to read descriptor" && descriptor.subject == 7)
    let plain = ParkReason("for a permit")
    #expect(plain.description == "for a permit" && plain.subject == nil)
    let labelled = ParkReason("for lock", Subject("table", "App/main.swift", 12))
    #expect(labelled.description == "for lock \"table\"" && labelled.subject == nil)
    let placed = ParkReason("for lock", Subject(nil, "App/main.swift", 12))
    #expect(placed.description == "for lock App/main.swift:12" && placed.subject == nil)
  }

  @Test func `it is four words`() {
    #expect(MemoryLayout<ParkReason>.size <= 32)
  }
}
