import TestSupport
import Testing

@testable import GreenThreads

@Suite struct TaskLocalLayoutTests {
  @Test func `that of this Swift is known, or run says that it is not`() throws {
    #if compiler(>=6.3) && compiler(<6.4)
      #expect(throws: Never.self) { try TaskLocalLayout.wordIndex.get() }
    #else
      // With another Swift either is right: what must not be is that a wrong layout is used.
      let isKnown = (try? TaskLocalLayout.wordIndex.get()) != nil
      let isRefused =
        errorThrown {
          try onVirtualTime(taskLocals: .perThread) {}
        } is TaskLocalsUnavailable
      #expect(isKnown != isRefused)
    #endif
  }

  @Test(arguments: [
    TaskLocalLayout(key: 16, type: 8), TaskLocalLayout(key: 24), TaskLocalLayout(type: 24),
    TaskLocalLayout(value: 32), TaskLocalLayout(value: 1 << 40), TaskLocalLayout(key: 1),
  ])
  func `another layout is refused, wherever it would be read`(_ other: TaskLocalLayout) throws {
    try onOwnThread {
      let error = errorThrown { _ = try unsafe other.findWord { unsafe TaskLocalLayout.block } }
      let explanation = (error as? TaskLocalsUnavailable)?.explanation ?? ""
      #expect(explanation.contains("laid out in another way"))
    }
  }

  @Test func `a runtime that keeps them elsewhere is refused`() throws {
    try onOwnThread {
      let elsewhere = UnsafeMutableBufferPointer<UInt>.allocate(capacity: 4)
      unsafe elsewhere.initialize(repeating: 0)
      defer { unsafe elsewhere.deallocate() }
      let error = errorThrown { _ = try unsafe TaskLocalLayout.known.findWord { unsafe elsewhere } }
      let explanation = (error as? TaskLocalsUnavailable)?.explanation ?? ""
      #expect(explanation.contains("0 words changed"))
    }
  }

  @Test func `looking leaves nothing bound`() throws {
    try onOwnThread {
      let index = try unsafe TaskLocalLayout.known.findWord { unsafe TaskLocalLayout.block }
      #expect(unsafe TaskLocalLayout.block[index] == 0)
      #expect(try index == TaskLocalLayout.wordIndex.get())
    }
  }
}
