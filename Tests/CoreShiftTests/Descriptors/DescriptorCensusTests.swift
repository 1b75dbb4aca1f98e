import CoreShift
import TestSupport
import Testing

@Suite struct DescriptorCensusTests {
  @Test func `lists each open descriptor once, in order, and not its own`() throws {
    try withOwnDescriptors {
      let before = try DescriptorCensus()
      #expect(before.entries.map(\.number) == before.entries.map(\.number).sorted())
      #expect(Set(before.entries.map(\.number)).count == before.count)
      let again = try DescriptorCensus()
      #expect(again == before)
    }
  }

  @Test func `tells what is open now and was not before, and forgets what is closed`() throws {
    try withOwnDescriptors {
      let before = try DescriptorCensus()
      do {
        let pipe = try Pipe()
        let event = try EventDescriptor()
        let opened = try DescriptorCensus().opened(since: before)
        #expect(
          Set(opened.map(\.number)) == [
            pipe.readEnd.rawValue, pipe.writeEnd.rawValue, event.descriptor.rawValue,
          ])
        #expect(opened.filter { $0.target.hasPrefix("pipe:[") }.count == 2)
        #expect(opened.filter { $0.target == "anon_inode:[eventfd]" }.count == 1)
      }
      #expect(try DescriptorCensus() == before)
    }
  }

  @Test func `a number that was closed and used again counts as opened`() throws {
    try withOwnDescriptors {
      let event = try EventDescriptor()
      let before = try DescriptorCensus()
      let pipe = try Pipe()
      try pipe.readEnd.duplicate(onto: event.descriptor.rawValue, .closed)
      let opened = try DescriptorCensus().opened(since: before)
      #expect(opened.contains { $0.number == event.descriptor.rawValue })
      #expect(opened.count == 3)
    }
  }

  @Test func `counts more descriptors than it expected at first`() throws {
    try withOwnDescriptors {
      let before = try DescriptorCensus().count
      var pipes: [PipeHolder] = []
      for _ in 0..<100 { pipes.append(try PipeHolder()) }
      #expect(try DescriptorCensus().count == before + 200)
      pipes.removeAll()
      #expect(try DescriptorCensus().count == before)
    }
  }
}

/// A pipe in a class, so that an array can hold many.
private final class PipeHolder {
  let pipe: Pipe

  init() throws(CoreError) { pipe = try Pipe() }
}
