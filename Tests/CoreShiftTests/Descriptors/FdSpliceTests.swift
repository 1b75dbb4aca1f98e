import CoreShift
import Glibc
import Synchronization
import TestSupport
import Testing

@Suite struct FdSpliceTests {
  @Test func `bytes go from a pipe to another without passing through here`() throws {
    let source = try Pipe()
    let target = try Pipe()
    #expect(try source.writeEnd.write(Array("hello".utf8)) == .bytes(5))
    #expect(try source.readEnd.splice(to: target.writeEnd, upTo: 3) == .bytes(3))
    #expect(try source.readEnd.splice(to: target.writeEnd, upTo: 100) == .bytes(2))
    var buffer = [UInt8](repeating: 0, count: 8)
    #expect(try target.readEnd.read(into: &buffer) == .bytes(5))
    #expect(buffer[..<5].elementsEqual("hello".utf8))
  }

  @Test func `would-block has two reasons, and readiness tells which`() throws {
    let source = try Pipe()
    let target = try Pipe()
    #expect(try source.readEnd.splice(to: target.writeEnd, upTo: 100) == .wouldBlock)
    #expect(try !source.readEnd.isReadable)
    #expect(try target.writeEnd.isWritable)
    let piece = [UInt8](repeating: 7, count: 4096)
    while case .bytes = try target.writeEnd.write(piece) {}
    #expect(try source.writeEnd.write(piece) == .bytes(4096))
    #expect(try source.readEnd.splice(to: target.writeEnd, upTo: 100) == .wouldBlock)
    #expect(try source.readEnd.isReadable)
    #expect(try !target.writeEnd.isWritable)
  }

  @Test func `tells the end, and that nothing was asked for`() throws {
    let source = try Pipe()
    let target = try Pipe()
    #expect(try source.readEnd.splice(to: target.writeEnd, upTo: 0) == .bytes(0))
    let readEnd = source.readEnd
    let writeEnd = source.writeEnd
    try writeEnd.close()
    #expect(try readEnd.splice(to: target.writeEnd, upTo: 100) == .end)
  }

  @Test func `where nobody reads any more it is EPIPE, on a pipe and on a socket, and no signal`()
    throws
  {
    // Of its own, so that no child of another test holds a copy of the end that goes.
    try withOwnDescriptors {
      let source = try Pipe()
      #expect(try source.writeEnd.write([1, 2, 3]) == .bytes(3))
      let target = try Pipe()
      let targetEnd = target.writeEnd
      let nobody = target.readEnd
      try nobody.close()
      let pair = try UnixSocket.makePair()
      let socket = pair.first
      let gone = pair.second
      try gone.close()
      // SIGPIPE has its default here: it would end these tests.
      let ofPipe = #expect(throws: CoreError.self) {
        try source.readEnd.splice(to: targetEnd, upTo: 100)
      }
      #expect(ofPipe?.code == .brokenPipe && ofPipe?.operation == "splice")
      #expect(ofPipe?.subject == .descriptor(targetEnd.rawValue))
      let ofSocket = #expect(throws: CoreError.self) {
        try source.readEnd.splice(to: socket, upTo: 100)
      }
      #expect(ofSocket?.code == .brokenPipe)
      #expect(ofSocket?.subject == .descriptor(socket.rawValue))
    }
  }

  @Test func `nor is there one when the reader goes after a part has been moved`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      // Of a large pipe a call takes many pieces, and a peer may go between two of them.
      let largePipe: Int32 = 1 << 20
      let piece = [UInt8](repeating: 7, count: 1 << 16)
      for round in 0..<500 {
        let source = try Pipe()
        try #require(fcntl(source.writeEnd.rawValue, 1031, largePipe) == largePipe)  // F_SETPIPE_SZ
        let pair = try UnixSocket.makePair()
        let number = pair.second.release()
        let begin = Beginning()
        let closer = HelperThread {
          while !begin.hasCome.load(ordering: .acquiring) {}
          for _ in 0..<(round % 50) { sched_yield() }
          close(number)
        }
        while case .bytes = try source.writeEnd.write(piece) {}
        begin.hasCome.store(true, ordering: .releasing)
        var isGone = false
        while !isGone {
          do {
            _ = try source.readEnd.splice(to: pair.first, upTo: 1 << 20)
          } catch { isGone = true }
        }
        closer.join()
      }
    }
  }

  @Test func `without a pipe it is EINVAL`() throws {
    let pair = try UnixSocket.makePair()
    let error = #expect(throws: CoreError.self) {
      try pair.first.splice(to: pair.second, upTo: 100)
    }
    #expect(error?.code == .invalidArgument)
  }
}

/// Tells another OS thread to begin.
private final class Beginning: Sendable {
  let hasCome = Atomic(false)
}
