import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

// Data that stays behind a short read, without another edge: who took the short read for the end of
// what is there would hang.
@Suite struct ShortReadTests {
  @Test func `data behind a passed descriptor is read on a Unix socket`() throws {
    try onDrift {
      let (one, other) = try makeSocketPair()
      defer { close(other) }
      let descriptor = try Descriptor(adopting: Fd(adopting: one))
      for round in 0..<3 {
        try send("plain", on: other)
        try sendDescriptor(2, with: "passed", on: other)
        try send("behind", on: other)
        if round > 0 { try GreenThread.sleep(for: .milliseconds(2)) }
        try expect("plainpassedbehind", from: descriptor)
      }
    }
  }

  @Test func `a line behind a line is read on a terminal`() throws {
    try onDrift {
      let pair = try makeTerminal()
      let controller = pair.controller
      let terminal = pair.terminal
      let keyboard = try Descriptor(adopting: controller)
      let program = try Descriptor(adopting: terminal)
      var lines: [String] = []
      try withScope { scope in
        let reading = scope.spawn {
          while lines.count < 6 { lines.append(try readText(program)) }
        }
        GreenThread.yield()
        // One write, and so one edge; each read gives one line, shorter than the buffer.
        try keyboard.write(Array("one\ntwo\nthree\n".utf8))
        try GreenThread.sleep(for: .milliseconds(5))
        try keyboard.write(Array("four\nfive\nsix\n".utf8))
        try reading.join(within: .seconds(20))
      }
      #expect(lines == ["one\n", "two\n", "three\n", "four\n", "five\n", "six\n"])
    }
  }

  @Test func `the controlling side of a terminal does not spin when the other is opened again`()
    throws
  {
    try onDrift {
      let pair = try makeTerminal()
      let controller = pair.controller
      let terminal = pair.terminal
      let path = RawString("/proc/self/fd/\(terminal.rawValue)")
      let again = try Fd(opening: path, for: .both, .nonBlocking)
      let keyboard = try Descriptor(adopting: controller)
      try GreenThread.sleep(for: .milliseconds(2))
      let program = try Descriptor(adopting: again)
      _ = consume terminal
      try program.write(Array("hello\n".utf8))
      #expect(try readText(keyboard) == "hello\r\n")
      let used = turns {
        #expect(throws: DeadlineExceeded.self) {
          try withTimeout(.milliseconds(100)) { _ = try readText(keyboard) }
        }
      }
      #expect(used < 20)
    }
  }

  @Test func `a megabyte of random pieces arrives whole, on a pipe and on a Unix socket`() throws {
    try onDrift {
      let seed = UInt64.random(in: 1...1_000_000)
      let (one, other) = try makeSocketPair()
      let pairs = [
        (
          reader: try Descriptor(adopting: Fd(adopting: one)),
          writer: try Descriptor(adopting: Fd(adopting: other))
        ),
        try makePipe(),
      ]
      for (reader, writer) in pairs {
        let bytes = noise(1 << 20, seed: seed)
        var sizes = Xorshift(state: seed)
        var received: [UInt8] = []
        try withScope { scope in
          scope.spawn {
            var rest = bytes[...]
            while !rest.isEmpty {
              let size = min(rest.count, Int.random(in: 1...20_000, using: &sizes))
              try writer.write(rest.prefix(size))
              rest = rest.dropFirst(size)
            }
            writer.close()
          }
          received = try readAll(reader)
        }
        #expect(received == bytes, "seed \(seed)")
      }
    }
  }

  @Test func `empty reads and writes succeed without parking`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      var nothing: [UInt8] = []
      #expect(try reader.read(into: &nothing) == 0)
      try writer.write([UInt8]())
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(5)) { _ = try readText(reader) }
      }
    }
  }

  private func expect(_ expected: String, from descriptor: Descriptor) throws {
    var text = ""
    try withTimeout(.seconds(20)) {
      while text.utf8.count < expected.utf8.count { text += try readText(descriptor) }
    }
    #expect(text == expected)
  }
}

struct Xorshift: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
