import Testing

@testable import KeyValueServer

@Suite struct RequestParserTests {
  /// Everything that comes of `bytes`, given in pieces of `piece` bytes.
  private func requests(
    in bytes: String, inPiecesOf piece: Int = .max, limits: RequestParser.Limits = .init()
  ) throws -> [[String]] {
    var parser = RequestParser(limits: limits)
    var found: [[String]] = []
    var rest = Array(bytes.utf8)[...]
    while !rest.isEmpty {
      parser.append(rest.prefix(piece))
      rest = rest.dropFirst(piece)
      while try parser.next() { found.append(words(of: parser.request)) }
    }
    return found
  }

  private func words(of request: Request) -> [String] {
    (0..<request.count).map { String(decoding: request[$0], as: UTF8.self) }
  }

  @Test(arguments: [1, 2, 3, 7, 64])
  func `requests come out whole, however they are cut`(piece: Int) throws {
    let bytes =
      "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nb\r\nc \r\nPING\r\n*1\r\n$0\r\n\r\n"
      + "  get   x  \n*2\r\n$4\r\nECHO\r\n$0\r\n\r\n"
    let expected = [
      ["SET", "a", "b\r\nc "], ["PING"], [""], ["get", "x"], ["ECHO", ""],
    ]
    #expect(try requests(in: bytes, inPiecesOf: piece) == expected)
  }

  @Test func `empty lines and empty arrays are nothing`() throws {
    #expect(try requests(in: "\r\n\n*0\r\n*-1\r\nPING\r\n") == [["PING"]])
  }

  @Test func `what is not whole waits for more`() throws {
    var parser = RequestParser()
    parser.append(Array("*2\r\n$4\r\nECHO\r\n$5\r\nhell".utf8)[...])
    #expect(try !parser.next())
    parser.append(Array("o\r".utf8)[...])
    #expect(try !parser.next())
    parser.append(Array("\n".utf8)[...])
    #expect(try parser.next())
    #expect(words(of: parser.request) == ["ECHO", "hello"])
    #expect(try !parser.next())
  }

  @Test(arguments: [
    ("*x\r\n", ProtocolError.invalidArrayLength),
    ("*\r\n", .invalidArrayLength),
    ("*99999999999999999999\r\n", .invalidArrayLength),
    ("*65537\r\n", .invalidArrayLength),
    ("*1\r\nPING\r\n", .expectedString(instead: UInt8(ascii: "P"))),
    ("*1\r\n$-1\r\n", .invalidStringLength),
    ("*1\r\n$1048577\r\n", .invalidStringLength),
    ("*1\r\n$1x\r\n", .invalidStringLength),
    ("*01\r\n$4\r\nPING\r\n", .invalidArrayLength),
    ("*1\r\n$04\r\nPING\r\n", .invalidStringLength),
    ("get \"a\r\n", .unbalancedQuotes),
    ("get 'a'b\r\n", .unbalancedQuotes),
  ])
  func `what breaks the protocol is told`(bytes: String, error: ProtocolError) {
    #expect(throws: error) { try requests(in: bytes) }
  }

  @Test func `a line without end is cut off at its limit`() {
    let long = String(repeating: "x", count: 70_000)
    #expect(throws: ProtocolError.tooBigLine) { try requests(in: long, inPiecesOf: 4_096) }
    #expect(throws: ProtocolError.tooBigArrayHead) { try requests(in: "*" + long) }
    #expect(throws: ProtocolError.tooBigStringHead) { try requests(in: "*1\r\n$" + long) }
  }

  @Test func `all strings of a request together have a limit`() {
    var limits = RequestParser.Limits()
    limits.requestBytes = 8
    #expect(throws: ProtocolError.invalidStringLength) {
      try requests(in: "*2\r\n$5\r\nhello\r\n$4\r\n", limits: limits)
    }
  }

  @Test func `quotes keep blanks together, and escapes are undone`() throws {
    let line = #"set "a b" 'it\'s' "\x41\n\"\q" ''"# + "\n"
    #expect(try requests(in: line) == [["set", "a b", "it's", "A\n\"q", ""]])
  }

  @Test(arguments: [
    ("0", 0), ("42", 42), ("-7", -7), ("-9223372036854775808", Int.min),
    ("9223372036854775807", Int.max),
  ])
  func `a number is a number`(text: String, value: Int) {
    #expect(Int(decimal: Array(text.utf8)[...]) == value)
  }

  @Test func `quotes may begin within a word, and end it`() throws {
    #expect(try requests(in: "set a b\"c d\" e'f g'\n") == [["set", "a", "bc d", "ef g"]])
  }

  @Test(arguments: [
    "", "-", "-0", "007", "-07", "+1", "1 ", "0x1", "9223372036854775808", "-9223372036854775809",
  ])
  func `what is no number is none`(text: String) {
    #expect(Int(decimal: Array(text.utf8)[...]) == nil)
  }
}
