import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct BufferedReaderTests {
  /// What `body` makes of a reader of these pieces, with a buffer that is small or not.
  private func reading<Value>(
    _ pieces: [String], capacity: Int = 16 << 10, _ body: (BufferedReader) throws -> Value
  ) throws -> Value {
    try onVirtualTime { try body(BufferedReader(PieceStream(pieces), capacity: capacity)) }
  }

  private func lines(_ pieces: [String], limit: Int = 100, capacity: Int = 7) throws -> [String] {
    try reading(pieces, capacity: capacity) { reader throws in
      var lines: [String] = []
      while let line = try reader.readLine(limit: limit) { lines.append(line) }
      return lines
    }
  }

  @Test func `lines are whole, however their bytes come`() throws {
    let expected = ["one", "", "three and more", "four"]
    #expect(try lines(["one\n\nthree and more\nfour\n"]) == expected)
    #expect(try lines("one\n\nthree and more\nfour\n".map(String.init)) == expected)
    #expect(try lines(["one\n\nthree", " and more\nfo", "ur\n"], capacity: 1) == expected)
  }

  @Test func `the last line may do without its ending`() throws {
    #expect(try lines(["one\ntwo"]) == ["one", "two"])
    #expect(try lines(["one\n"]) == ["one"])
    #expect(try lines([]) == [])
    #expect(try lines(["\n"]) == [""])
  }

  @Test func `one carriage return before the line feed belongs to the ending, and no other`()
    throws
  {
    #expect(try lines(["a\r\nb\r\r\nc\rd\n\r\n"]) == ["a", "b\r", "c\rd", ""])
    let singly = "a\r\nb\r\r\nc\rd\n\r\n".unicodeScalars.map { String($0) }
    #expect(try lines(singly) == ["a", "b\r", "c\rd", ""])
    #expect(try lines(["a\r"]) == ["a\r"])
  }

  @Test func `what is no text is replaced`() throws {
    try onVirtualTime {
      let (near, far) = MemoryStream.pair()
      try near.write([0x61, 0xFF, 0x0A])
      #expect(try BufferedReader(far).readLine() == "a\u{FFFD}")
    }
  }

  @Test(arguments: [1, 4, 5, 6, 7, 100])
  func `a line of the limit is read, one more byte is an error, and the line stays`(
    capacity: Int
  ) throws {
    #expect(try lines(["12345\n12345\r\n12345"], limit: 5, capacity: capacity).count == 3)
    for pieces in [["123456\n"], ["123456\r\n"], ["12345\r\r\n"], ["123456"], ["12345", "\r"]] {
      try reading(["ok\n"] + pieces, capacity: capacity) { reader throws in
        #expect(try reader.readLine(limit: 5) == "ok")
        for _ in 0..<2 {
          #expect(throws: LineTooLong(limit: 5)) { try reader.readLine(limit: 5) }
        }
        #expect(try reader.readAll(limit: 100) == Array(pieces.joined().utf8))
      }
    }
  }

  @Test func `a line that never ends is an error before all of it is read`() throws {
    try onVirtualTime {
      let (near, far) = MemoryStream.pair()
      try withScope { scope in
        let writing = scope.spawn { try near.writeEndlessly() }
        let reader = BufferedReader(far)
        #expect(throws: LineTooLong(limit: 65_536)) { try reader.readLine() }
        #expect(reader.bufferedCount < 200_000)
        writing.cancel()
      }
    }
  }

  @Test func `pieces end with a delimiter of any length`() throws {
    let text = "one--two-three----four-"
    for capacity in [1, 3, 100] {
      for pieces in [[text], text.map(String.init)] {
        let read = try reading(pieces, capacity: capacity) { reader throws in
          var read: [String] = []
          while let piece = try reader.readPiece(endingWith: Array("--".utf8)) {
            read.append(String(decoding: piece, as: UTF8.self))
          }
          return read
        }
        #expect(read == ["one", "two-three", "", "four-"])
      }
    }
    let read = try reading(["a\0b\0"]) { reader throws in
      [try reader.readPiece(endingWith: [0]), try reader.readPiece(endingWith: [0])]
    }
    #expect(read == [[97], [98]])
  }

  @Test func `a piece has a limit, and a delimiter something in it`() throws {
    for pieces in [["123456--"], ["123456"], ["1234", "56-", "-"]] {
      try reading(pieces, capacity: 4) { reader throws in
        #expect(throws: LimitExceeded("bytes before a delimiter", limit: 5)) {
          try reader.readPiece(endingWith: Array("--".utf8), limit: 5)
        }
        #expect(
          try reader.readPiece(endingWith: Array("--".utf8), limit: 6) == Array("123456".utf8))
        #expect(throws: InvalidArgument.self) { try reader.readPiece(endingWith: []) }
      }
    }
  }

  @Test func `counted bytes are lent, looked at and skipped`() throws {
    for capacity in [1, 4, 100] {
      try reading(["ab", "cdef", "ghij", "kl"], capacity: capacity) { reader throws in
        #expect(try reader.peek(3) == Array("abc".utf8))
        #expect(try reader.withBytes(4) { $0.byteCount } == 4)
        #expect(try reader.skip(3) == 3)
        #expect(try reader.peek(2) == Array("hi".utf8))
        #expect(throws: StreamEnded(received: 5, expected: 6)) {
          try reader.withBytes(6) { _ in }
        }
        #expect(try reader.peek(100) == Array("hijkl".utf8))
        #expect(try reader.readExactly(2) == Array("hi".utf8))
        #expect(try reader.skip(100) == 3)
        #expect(try reader.peek(1) == [])
        #expect(try reader.skip(1) == 0)
        #expect(try reader.readLine() == nil)
      }
    }
  }

  @Test(arguments: [1 << 40, Int.max])
  func `a count that nobody sends takes no memory`(count: Int) throws {
    try reading(["abc", "def"]) { reader throws in
      #expect(try reader.skip(1) == 1)
      #expect(try reader.peek(count) == Array("bcdef".utf8))
      #expect(throws: StreamEnded(received: 5, expected: count)) {
        try reader.withBytes(count) { _ in }
      }
      #expect(try reader.readExactly(5) == Array("bcdef".utf8))
    }
  }

  @Test func `many bytes are lent whole, also where the buffer for them grows as they come`() throws
  {
    let pieces = (0..<50).map { String(repeating: "\($0) ", count: 20_011) }
    let whole = Array(pieces.joined().utf8)
    try #require(whole.count > 2 << 20)
    try reading(["a"] + pieces + ["b"]) { reader throws in
      #expect(try reader.skip(1) == 1)
      #expect(try reader.peek(whole.count) == whole)
      #expect(try reader.peek(1 << 40) == whole + Array("b".utf8))
      let isWhole = try reader.withBytes(whole.count) { bytes in
        unsafe bytes.withUnsafeBytes { unsafe $0.elementsEqual(whole) }
      }
      #expect(isWhole)
      #expect(try reader.readLine() == "b")
    }
  }

  @Test func `negative counts are errors`() throws {
    try reading(["abc"]) { reader throws in
      #expect(throws: InvalidArgument.self) { try reader.peek(-1) }
      #expect(throws: InvalidArgument.self) { try reader.skip(-1) }
      #expect(throws: InvalidArgument.self) { try reader.withBytes(-1) { _ in } }
      #expect(throws: LineTooLong.self) { try reader.readLine(limit: -1) }
      #expect(try reader.readLine() == "abc")
    }
  }

  @Test func `while a piece is lent its bytes stay, and another call is busy`() throws {
    try reading(["one\ntwo\n"]) { reader throws in
      let length = try reader.withLine { line in
        #expect(throws: ResourceBusy.self) { try reader.readLine() }
        #expect(throws: ResourceBusy.self) { try reader.peek(1) }
        reader.close()
        return line.byteCount
      }
      #expect(length == 3)
      #expect(throws: ResourceClosed.self) { try reader.readLine() }
    }
  }

  /// Tries each way to read, and each is refused.
  private func expectEach<Failure: Error>(of reader: BufferedReader, toThrow failure: Failure.Type)
  {
    var buffer: [UInt8] = [0]
    #expect(throws: failure) { _ = try reader.read(into: &buffer) }
    #expect(throws: failure) { _ = try reader.readLine() }
    #expect(throws: failure) { _ = try reader.readPiece(endingWith: [10]) }
    #expect(throws: failure) { try reader.withBytes(1) { _ in } }
    #expect(throws: failure) { _ = try reader.peek(1) }
    #expect(throws: failure) { try reader.skip(1) }
  }

  @Test func `nothing is read beside a loan, by the cancelled, or of what is closed`() throws {
    try onVirtualTime {
      let (near, far) = MemoryStream.pair()
      let reader = BufferedReader(far)
      try near.write("lent\nkept\nlost\n")
      _ = try reader.withLine { _ in expectEach(of: reader, toThrow: ResourceBusy.self) }
      try withScope { scope in
        scope.cancel()
        expectEach(of: reader, toThrow: Cancelled.self)
      }
      #expect(try reader.readLine() == "kept")
      reader.close()
      expectEach(of: reader, toThrow: ResourceClosed.self)
      #expect(throws: CoreError.self, "its stream is closed, too") { try near.write("x") }
    }
  }

  @Test(.enabled(if: !isSanitized, "memory that is free is kept aside there"))
  func `readers and writers that nobody holds any more leave no memory behind`() async {
    await #expect(processExitsWith: .success) {
      try onVirtualTime {
        func drop(_ count: Int) throws -> Int {
          let (near, far) = MemoryStream.pair()
          for _ in 0..<count {
            try BufferedWriter(near).write("x")
            #expect(BufferedReader(far).bufferedCount == 0)
            let growing = BufferedReader(PieceStream(["a long line\n"]), capacity: 1)
            _ = try growing.withLine { #expect($0.byteCount == 11) }
          }
          return residentPageCount()
        }
        let early = try drop(1000)
        let late = try drop(20_000)
        // As many of the smallest things that one of them has take more.
        try #require(late - early < 50, "\(late - early) pages more")
      }
    }
  }

  @Test func `a piece counts as read also when the closure throws`() throws {
    try reading(["one\ntwo\n"]) { reader throws in
      #expect(throws: StreamEnded.self) {
        try reader.withLine { _ in throw StreamEnded(received: 0, expected: 0) }
      }
      #expect(try reader.readLine() == "two")
    }
  }

  @Test func `a cancelled wait for the rest of a line loses nothing`() throws {
    try onVirtualTime {
      let (near, far) = MemoryStream.pair()
      let reader = BufferedReader(far)
      try near.write("half ")
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.seconds(1)) { _ = try reader.readLine() }
      }
      try near.write("and half\n")
      #expect(try reader.readLine() == "half and half")
    }
  }

  @Test func `a lent line costs no allocation`() throws {
    try onVirtualTime {
      let (near, far) = MemoryStream.pair(capacity: 1 << 20)
      let line = [UInt8](repeating: 97, count: 63) + [10]
      try near.write([UInt8]((0..<10_000).map { _ in line }.joined()))
      near.close()
      let reader = BufferedReader(far)
      #expect(try reader.withLine { $0.byteCount } == 63)
      var total = 0
      let allocated = try allocationCount {
        while let count = try reader.withLine({ $0.byteCount }) { total += count }
      }
      #expect(total == 9_999 * 63)
      #expect(allocated < 100)
    }
  }
}

extension WritableStream {
  fileprivate func writeEndlessly() throws {
    let piece = [UInt8](repeating: 97, count: 4096)
    while true { try write(piece) }
  }
}
