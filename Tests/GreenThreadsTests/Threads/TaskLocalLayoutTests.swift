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

  @Test func `a search that cannot begin is made again`() throws {
    let search = TaskLocalSearch()
    try withRefusedCalls([RefusedCall(.clone3, with: 11)]) {
      let explanation = errorThrown { _ = try search.outcome().get() }.map { "\($0)" } ?? ""
      #expect(explanation.contains("no OS thread"))
    }
    #expect((try? search.outcome().get()) == (try? TaskLocalLayout.wordIndex.get()))
  }

  @Test func `a value is aligned within its binding, wherever that lies`() throws {
    try onOwnThread {
      guard let word = try? TaskLocalWord() else { return }
      let local = TaskLocal<SIMD8<Float>>(wrappedValue: SIMD8(repeating: 0))
      let value = SIMD8<Float>(1, 2, 3, 4, 5, 6, 7, 8)
      let mask = MemoryLayout<SIMD8<Float>>.alignment - 1
      let block = UnsafeMutableRawPointer.allocate(byteCount: 192, alignment: 64)
      defer { unsafe block.deallocate() }
      for shift in [0, 8, 16, 24] {
        // What the runtime would have made: a list, and its only binding.
        let binding = unsafe block + 64 + shift
        unsafe block.storeBytes(of: UInt(bitPattern: binding), as: UInt.self)
        let type = unsafe unsafeBitCast(SIMD8<Float>.self as Any.Type, to: UInt.self)
        let key = unsafe UInt(bitPattern: Unmanaged.passUnretained(local).toOpaque())
        for (index, part) in [0, key, type].enumerated() {
          unsafe binding.storeBytes(of: part, toByteOffset: 8 * index, as: UInt.self)
        }
        unsafe binding.storeBytes(of: value, toByteOffset: (24 + mask) & ~mask, as: SIMD8.self)
        word.list = UInt(bitPattern: block)
        let copy = word.copyOfList()
        word.list = copy
        #expect(local.get() == value)
        word.endList()
      }
    }
  }
}
