import GreenThreads
import Synchronization
import TestSupport
import Testing

@Suite struct OwnedThreadTests {
  private func isListed(_ name: String) -> Bool { OwnedThread.all.contains { $0.name == name } }

  @Test func `one that runs is listed with what it does, and not after its join`() throws {
    let flag = Flag()
    let thread = try OwnedThread.start(
      name: "test-listed", purpose: "be listed", activity: { "waiting\n" }, { flag.wait() })
    let listed = try #require(OwnedThread.all.first { $0.name == "test-listed" })
    #expect(listed.activity == "waiting\n")
    #expect(listed == thread, "what it does is no part of who it is")
    #expect(listed.description == "OS thread \"test-listed\", to be listed: waiting\\u{a}")
    #expect(!thread.join(within: .milliseconds(10)))
    #expect(isListed("test-listed"))
    flag.raise()
    #expect(thread.join(within: .seconds(30)))
    #expect(!isListed("test-listed"))
  }

  @Test func `one that is abandoned is listed until it ends`() throws {
    let flag = Flag()
    let thread = try OwnedThread.start(name: "test-left", purpose: "be left") { flag.wait() }
    thread.abandon()
    #expect(isListed("test-left"))
    flag.raise()
    let start = ContinuousClock.now
    while isListed("test-left") { try #require(start.duration(to: .now) < .seconds(20)) }
  }

  @Test func `one that has ended before it is abandoned is listed no more`() throws {
    let flag = Flag()
    let thread = try OwnedThread.start(name: "test-ended", purpose: "end") { flag.raise() }
    flag.wait()
    thread.abandon()
    let start = ContinuousClock.now
    while isListed("test-ended") { try #require(start.duration(to: .now) < .seconds(20)) }
  }
}

/// What one OS thread tells another.
private final class Flag: Sendable {
  private let isRaised = Atomic(false)

  func raise() { isRaised.store(true, ordering: .releasing) }

  func wait() { while !isRaised.load(ordering: .acquiring) {} }
}
