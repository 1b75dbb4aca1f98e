import CoreShift
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

@Suite struct FileKindTests {
  @Test(arguments: [
    ("/etc/passwd", FileKind.regular), ("/", .directory), ("/dev/null", .characterDevice),
  ])
  func `a path's kind`(path: String, kind: FileKind) throws {
    let file = try Fd(opening: RawString(path), for: .reading)
    #expect(try Fd.kind(of: file.rawValue) == kind)
    #expect(!Fd.isTerminal(file.rawValue))
    #expect(Fd.terminalWidth(of: file.rawValue) == nil)
  }

  @Test func `pipes, sockets and what the kernel makes are told apart`() throws {
    let pipe = try Pipe()
    #expect(try Fd.kind(of: pipe.readEnd.rawValue) == .pipe)
    #expect(try Fd.kind(of: pipe.writeEnd.rawValue) == .pipe)
    let socket = try Fd(adopting: socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
    #expect(try Fd.kind(of: socket.rawValue) == .socket)
    let event = try EventDescriptor()
    #expect(try Fd.kind(of: event.descriptor.rawValue) == .other)
  }

  @Test func `a terminal is told, and its width, and what is reopened is the same one`() throws {
    let main = try Fd(opening: "/dev/ptmx", for: .both)
    // TIOCSPTLCK, then TIOCGPTN, which Swift cannot import.
    var value: Int32 = 0
    try #require(unsafe ioctl(main.rawValue, 0x4004_5431, &value) == 0)
    try #require(unsafe ioctl(main.rawValue, 0x8004_5430, &value) == 0)
    let name = "/dev/pts/\(value)"
    let terminal = try Fd(opening: RawString(name), for: .both)
    #expect(try Fd.kind(of: terminal.rawValue) == .characterDevice)
    #expect(Fd.isTerminal(terminal.rawValue))
    #expect(Fd.terminalWidth(of: terminal.rawValue) == nil)
    var size = winsize(ws_row: 40, ws_col: 132, ws_xpixel: 0, ws_ypixel: 0)
    #expect(unsafe ioctl(main.rawValue, UInt(TIOCSWINSZ), &size) == 0)
    #expect(Fd.terminalWidth(of: terminal.rawValue) == 132)
    let again = try Fd(reopening: terminal.rawValue, for: .both)
    #expect(Fd.terminalWidth(of: again.rawValue) == 132)
    #expect(try again.blockingMode == .nonBlocking)
    #expect(try terminal.blockingMode == .blocking)
  }

  @Test func `a number that is not open has no kind and is no terminal`() throws {
    for number: Int32 in [-1, 1_000_000] {
      let error = #expect(throws: CoreError.self) { _ = try Fd.kind(of: number) }
      #expect(error?.code == .badDescriptor)
      #expect(error?.subject == .descriptor(number))
      #expect(!Fd.isTerminal(number))
      #expect(Fd.terminalWidth(of: number) == nil)
    }
  }
}
