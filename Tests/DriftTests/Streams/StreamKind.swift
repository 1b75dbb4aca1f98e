import CoreShift
import Drift
import DriftTesting
import Glibc
import TestSupport
import Testing

/// Every kind of stream there is, to be held to the rules.
enum StreamKind: CaseIterable, CustomTestStringConvertible {
  case pipe, pipeStreams, tcp, unix, unixStreams, terminal, memory, smallMemory, buffered

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
