import CoreShift
import Testing

@Suite struct RenamePairingTests {
  private let watch = Watch(rawValue: 1)

  private func from(_ cookie: UInt32) -> WatchEvent {
    WatchEvent(watch: watch, rawFlags: 0x40, cookie: cookie, name: "old\(cookie)")
  }

  private func to(_ cookie: UInt32) -> WatchEvent {
    WatchEvent(watch: watch, rawFlags: 0x80, cookie: cookie, name: "new\(cookie)")
  }

  private var created: WatchEvent { WatchEvent(watch: watch, rawFlags: 0x100, name: "made") }

  @Test func `two events of one rename are one notice, in the place of the second`() {
    var pairing = RenamePairing<WatchEvent>()
    let notices = pairing.pair([from(1), from(2), created, to(2), to(1)])
    #expect(
      notices == [
        .event(created), .renamed(from: from(2), to: to(2)), .renamed(from: from(1), to: to(1)),
      ])
    #expect(pairing.isWaiting == false)
  }

  @Test func `a rename in two batches is one notice as well`() {
    var pairing = RenamePairing<WatchEvent>()
    #expect(pairing.pair([created, from(1)]) == [.event(created)])
    #expect(pairing.isWaiting)
    #expect(
      pairing.pair([to(1), created]) == [.renamed(from: from(1), to: to(1)), .event(created)])
    #expect(pairing.isWaiting == false)
  }

  @Test func `a file that has left is told after one more batch, before it`() {
    var pairing = RenamePairing<WatchEvent>()
    #expect(pairing.pair([from(1)]).isEmpty)
    #expect(pairing.pair([created, from(2)]) == [.event(from(1)), .event(created)])
    #expect(pairing.isWaiting)
    #expect(pairing.flush() == [.event(from(2))])
    #expect(pairing.isWaiting == false)
    #expect(pairing.flush().isEmpty)
  }

  @Test func `a file that has come in is told at once`() {
    var pairing = RenamePairing<WatchEvent>()
    #expect(pairing.pair([to(1)]) == [.event(to(1))])
    // Its cookie is nobody's by then.
    #expect(pairing.pair([from(1), to(1), to(1)]).count == 2)
  }

  @Test func `after an overflow there is a notice to look at everything again`() {
    var pairing = RenamePairing<WatchEvent>()
    let overflow = WatchEvent(watch: nil, rawFlags: 0x4000)
    #expect(pairing.pair([created, overflow]) == [.event(created), .rescan])
  }

  @Test func `of old names with one cookie each is told, and one rename takes the first`() {
    // The kernel counts its cookies in 32 bits, and begins again.
    var pairing = RenamePairing<WatchEvent>()
    let second = WatchEvent(watch: watch, rawFlags: 0x40, cookie: 1, name: "another")
    #expect(pairing.pair([from(1), second, to(1)]) == [.renamed(from: from(1), to: to(1))])
    #expect(pairing.flush() == [.event(second)])
    let nobody = WatchEvent(watch: watch, rawFlags: 0xc0, cookie: 0)
    #expect(pairing.pair([nobody, to(1), second]) == [.event(nobody), .event(to(1))])
    #expect(pairing.isWaiting)
  }
}
