import CoreShift
import Drift
import DriftTesting
import Glibc
import GreenThreads
import TestSupport
import Testing

/// Every kind of stream there is, to be held to the rules.
enum StreamKind: CaseIterable, CustomTestStringConvertible {
  case pipe, pipeStreams, tcp, unix, unixStreams, terminal, memory, smallMemory, buffered
  case child, inherited

  var testDescription: String { "\(self)" }

  var limits: StreamLimits {
    switch self {
    // A terminal's other side is gone: EIO; its one end is both directions' end.
    case .terminal: [.tellsNoEnd, .endsWhole]
    default: []
    }
  }

  func makeEnds() throws -> StreamEnds {
    switch self {
    case .pipe:
      let (reader, writer) = try makePipe()
      return StreamEnds(reader: reader, writer: writer)
    case .pipeStreams:
      let (reader, writer) = try Pipe.makeStreams()
      return StreamEnds(reader: reader, writer: writer)
    case .tcp:
      let (client, server) = try connectedPair()
      return StreamEnds(client, server)
    case .unix:
      let (one, other) = try makeSocketPair()
      return StreamEnds(
        try Descriptor(adopting: Fd(adopting: one)), try Descriptor(adopting: Fd(adopting: other)))
    case .unixStreams:
      let (one, other) = try UnixStream.pair()
      return StreamEnds(one, other)
    case .terminal:
      let pair = try makeTerminal()
      let controller = pair.controller
      let terminal = pair.terminal
      try makeRaw(terminal.rawValue)
      return StreamEnds(
        try Descriptor(adopting: terminal), try Descriptor(adopting: controller))
    case .memory:
      let (one, other) = MemoryStream.pair()
      return StreamEnds(one, other)
    case .smallMemory:
      let (one, other) = MemoryStream.pair(capacity: 100)
      return StreamEnds(one, other)
    case .buffered:
      let (one, other) = MemoryStream.pair()
      return StreamEnds(reader: BufferedReader(other, capacity: 1000), writer: one)
    case .child:
      var command = Command("cat")
      command.standardInput = .pipe
      let child = try command.start()
      // Its streams do not hold it, and it ends when nobody does.
      GreenThread.spawn { _ = try? child.wait() }
      return StreamEnds(reader: child.standardOutput, writer: child.standardInput)
    case .inherited:
      // Each is opened anew, so that the pipe's own ends need not stay open.
      let pipe = try Pipe()
      return StreamEnds(
        reader: try InheritedStream(pipe.readEnd.rawValue, for: .reading),
        writer: try InheritedStream(pipe.writeEnd.rawValue, for: .writing))
    }
  }

  /// Bytes go through as they are: no echo, no lines, no control characters.
  private func makeRaw(_ number: Int32) throws {
    var settings = termios()
    try #require(unsafe tcgetattr(number, &settings) == 0)
    unsafe cfmakeraw(&settings)
    try #require(unsafe tcsetattr(number, TCSANOW, &settings) == 0)
  }
}
