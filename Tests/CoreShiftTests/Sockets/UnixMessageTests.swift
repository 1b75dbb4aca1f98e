import CoreShift
import Glibc
import Testing

/// Messages of Unix sockets, and the descriptors that they pass.
@Suite struct UnixMessageTests {
  /// How many descriptors of this process are open on a pipe that nobody else knows.
  private func copies(of pipe: borrowing Pipe) throws -> Int {
    var wanted = stat()
    try #require(unsafe fstat(pipe.readEnd.rawValue, &wanted) == 0)
    return (0..<4096 as Range<Int32>).count { number in
      var status = stat()
      return unsafe fstat(number, &status) == 0 && status.st_ino == wanted.st_ino
        && status.st_dev == wanted.st_dev
    }
  }

  @Test(arguments: [1, 2, 100, 253])
  func `descriptors arrive in order, usable and close-on-exec`(count: Int) throws {
    let pair = try UnixSocket.makePair()
    let pipe = try Pipe()
    let event = try EventDescriptor()
    let numbers =
      [pipe.writeEnd.rawValue]
      + [Int32](repeating: event.descriptor.rawValue, count: count - 1)
    #expect(
      try UnixSocket.send([1, 2, 3], passing: numbers, through: pair.first) == .bytes(3))
    var buffer = [UInt8](repeating: 0, count: 8)
    var message = try UnixSocket.receive(&buffer, from: pair.second)
    #expect(message.outcome == .bytes(3))
    #expect(message.descriptors.count == count)
    #expect(!message.isTruncated && !message.hasLostDescriptors)
    guard let first = message.descriptors.takeFirst() else {
      Issue.record("nothing came")
      return
    }
    #expect(first.rawValue != pipe.writeEnd.rawValue)
    #expect(try first.execMode == .closed)
    #expect(try first.write([7]) == .bytes(1))
    #expect(try pipe.readEnd.read(into: &buffer) == .bytes(1))
    while let next = message.descriptors.takeFirst() {
      #expect(try Fd.kind(of: next.rawValue) == .other)
      #expect(try next.execMode == .closed)
    }
    #expect(message.descriptors.count == 0)
  }

  @Test func `254 descriptors are refused, and so are descriptors without a byte`() throws {
    let pair = try UnixSocket.makePair()
    let number = pair.first.rawValue
    for (bytes, count) in [([1], 254), ([], 1)] as [([UInt8], Int)] {
      let numbers = [Int32](repeating: number, count: count)
      let error = #expect(throws: CoreError.self) {
        try UnixSocket.send(bytes, passing: numbers, through: pair.first)
      }
      #expect(error?.code == .invalidArgument)
    }
    let closed = #expect(throws: CoreError.self) {
      try UnixSocket.send([1], passing: [-1], through: pair.first)
    }
    #expect(closed?.code == .badDescriptor)
    var buffer: [UInt8] = [0]
    let message = try UnixSocket.receive(&buffer, from: pair.second)
    #expect(message.outcome == .wouldBlock, "nothing was sent")
  }

  @Test(arguments: [0, 1, 4, 5])
  func `descriptors that are not wanted, or not taken, are closed`(limit: Int) throws {
    let pair = try UnixSocket.makePair()
    let pipe = try Pipe()
    let numbers = [Int32](repeating: pipe.readEnd.rawValue, count: 5)
    let before = try copies(of: pipe)
    _ = try UnixSocket.send([1], passing: numbers, through: pair.first)
    var buffer: [UInt8] = [0]
    do {
      let message = try UnixSocket.receive(&buffer, descriptors: limit, from: pair.second)
      #expect(message.outcome == .bytes(1))
      #expect(message.descriptors.count == limit)
      #expect(message.hasLostDescriptors == (limit < 5))
      #expect(try copies(of: pipe) == before + limit)
    }
    #expect(try copies(of: pipe) == before)
    // One who does not ask at all gets the bytes, and the kernel keeps the descriptors.
    _ = try UnixSocket.send([1], passing: numbers, through: pair.first)
    #expect(try Socket.receive(&buffer, from: pair.second) == .bytes(1))
    #expect(try copies(of: pipe) == before)
  }

  @Test func `a process that may open no more loses descriptors and is told so`() async {
    await #expect(processExitsWith: .success) {
      let pair = try UnixSocket.makePair()
      let numbers = [Int32](repeating: pair.first.rawValue, count: 10)
      _ = try UnixSocket.send([1], passing: numbers, through: pair.first)
      // Room for three: new numbers are the lowest that are free.
      var end: Int32 = 0
      var free = 0
      while free < 3 {
        if fcntl(end, F_GETFD) == -1 { free += 1 }
        end += 1
      }
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
      var before = rlimit()
      #expect(unsafe getrlimit(resource, &before) == 0)
      var limit = rlimit(rlim_cur: rlim_t(end), rlim_max: before.rlim_max)
      #expect(unsafe setrlimit(resource, &limit) == 0)
      var buffer: [UInt8] = [0]
      let message = try UnixSocket.receive(&buffer, from: pair.second)
      #expect(unsafe setrlimit(resource, &before) == 0)
      #expect(message.outcome == .bytes(1))
      #expect(message.hasLostDescriptors == true)
      // Elsewhere in this process, too, numbers come and go.
      #expect((1..<10).contains(message.descriptors.count))
    }
  }

  @Test func `data stays behind a short read where descriptors were passed`() throws {
    let pair = try UnixSocket.makePair()
    let passed = [pair.first.rawValue]
    _ = try UnixSocket.send([1, 2], passing: passed, through: pair.first)
    _ = try UnixSocket.send([3], passing: passed, through: pair.first)
    _ = try UnixSocket.send([4, 5], through: pair.first)
    var buffer = [UInt8](repeating: 0, count: 64)
    var received: [UInt8] = []
    var counts: [Int] = []
    // One readiness for all of it: only would-block says that nothing is left.
    while case .bytes(let count) = try Socket.receive(&buffer, from: pair.second) {
      received += buffer[..<count]
      counts.append(count)
    }
    #expect(received == [1, 2, 3, 4, 5])
    #expect(counts.count > 1 && counts[0] < 5)
  }

  @Test func `one edge tells of all that was passed`() throws {
    let pair = try UnixSocket.makePair()
    var reactor = try Reactor()
    var events: [Event] = []
    let token = try reactor.register(pair.second, for: .reading)
    for byte in 1...3 as ClosedRange<UInt8> {
      _ = try UnixSocket.send([byte], passing: [pair.first.rawValue], through: pair.first)
    }
    #expect(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) == 1)
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 0)
    var buffer = [UInt8](repeating: 0, count: 64)
    for byte in 1...3 as ClosedRange<UInt8> {
      let message = try UnixSocket.receive(&buffer, from: pair.second)
      #expect(message.outcome == .bytes(1) && buffer[0] == byte)
      #expect(message.descriptors.count == 1)
    }
    let last = try UnixSocket.receive(&buffer, from: pair.second)
    #expect(last.outcome == .wouldBlock)
    try reactor.unregister(token)
  }

  @Test(arguments: [UnixSocket.Kind.datagram, .sequencedPacket])
  func `the borders of messages are kept, and a small buffer truncates`(
    kind: UnixSocket.Kind
  ) throws {
    let pair = try UnixSocket.makePair(kind)
    _ = try UnixSocket.send([1, 2, 3], through: pair.first)
    _ = try UnixSocket.send([4], through: pair.first)
    var buffer = [UInt8](repeating: 0, count: 2)
    let cut = try UnixSocket.receive(&buffer, from: pair.second)
    #expect(cut.outcome == .bytes(2) && buffer == [1, 2])
    #expect(cut.isTruncated == true)
    let whole = try UnixSocket.receive(&buffer, from: pair.second)
    #expect(whole.outcome == .bytes(1) && buffer[0] == 4)
    #expect(whole.isTruncated == false)
  }

  @Test func `datagrams find their receiver and name their sender`() throws {
    let place = try SocketPlace()
    let receiver = try UnixSocket.bind(to: place.address("a"))
    let sender = try UnixSocket.bind(to: place.address("b"))
    let nameless = try UnixSocket.open(.datagram)
    let to = receiver.address
    #expect(try UnixSocket.send([1], to: to, through: sender.socket) == .bytes(1))
    #expect(try UnixSocket.send([], to: to, through: nameless) == .bytes(0))
    var buffer: [UInt8] = [0]
    let first = try UnixSocket.receive(&buffer, from: receiver.socket)
    #expect(first.outcome == .bytes(1))
    #expect(first.sender == sender.address)
    let empty = try UnixSocket.receive(&buffer, from: receiver.socket)
    #expect(empty.outcome == .bytes(0), "an empty datagram is no end")
    #expect(empty.sender.kind == .unnamed)
    let none = try UnixSocket.receive(&buffer, from: receiver.socket)
    #expect(none.outcome == .wouldBlock)
  }

  @Test func `a sender whose name fills its field is known whole, and can be answered`() throws {
    // 108 bytes without a NUL behind them, which only others bind.
    let name = Array("/tmp/coreshift-\(getpid())-".utf8)
    let path = name + [UInt8](repeating: UInt8(ascii: "x"), count: 108 - name.count)
    let sender = try UnixSocket.open(.datagram)
    var raw = sockaddr_un()
    raw.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &raw.sun_path) { unsafe $0.copyBytes(from: path) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let bound = unsafe withUnsafePointer(to: &raw) { raw in
      unsafe raw.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(sender.rawValue, $0, size)
      }
    }
    try #require(bound == 0)
    defer { unsafe unlink(String(decoding: path, as: UTF8.self)) }

    let receiver = try UnixSocket.bind(to: .autobind)
    #expect(try UnixSocket.send([1], to: receiver.address, through: sender) == .bytes(1))
    var buffer: [UInt8] = [0]
    let message = try UnixSocket.receive(&buffer, from: receiver.socket)
    #expect(message.sender.path == RawString(bytes: path))
    #expect(try UnixSocket.localAddress(of: sender) == message.sender)
    #expect(
      try UnixSocket.send([2], to: message.sender, through: receiver.socket) == .bytes(1))
    #expect(try UnixSocket.receive(&buffer, from: sender).outcome == .bytes(1))
    #expect(buffer == [2])
  }

  @Test func `a sender's abstract name is known as it is`() throws {
    let sender = try UnixSocket.bind(to: UnixAddress(abstractName: "coreshift-sender-\(getpid())"))
    let receiver = try UnixSocket.bind(to: .autobind)
    #expect(
      try UnixSocket.send([1], to: receiver.address, through: sender.socket) == .bytes(1))
    var buffer: [UInt8] = [0]
    #expect(try UnixSocket.receive(&buffer, from: receiver.socket).sender == sender.address)
  }

  @Test func `a full receiver would block, and one that is gone is an error`() throws {
    let receiver = try UnixSocket.bind(to: .autobind)
    let to = receiver.address
    let sender = try UnixSocket.open(.datagram)
    var sent = 0
    while sent < 10_000, try UnixSocket.send([1], to: to, through: sender) == .bytes(1) {
      sent += 1
    }
    #expect(sent > 0 && sent < 10_000)
    try receiver.takeSocket().close()
    let error = #expect(throws: CoreError.self) {
      try UnixSocket.send([1], to: to, through: sender)
    }
    #expect(error?.code == .connectionRefused)
  }

  @Test func `a connected datagram socket needs no address, and is writable when there is room`()
    throws
  {
    let receiver = try UnixSocket.bind(to: .autobind)
    let sender = try UnixSocket.open(.datagram)
    try UnixSocket.connect(sender, to: receiver.address)
    while try UnixSocket.send([1], through: sender) == .bytes(1) {}
    var buffer: [UInt8] = [0]
    var outcome = ReadOutcome.bytes(1)
    while outcome == .bytes(1) {
      let message = try UnixSocket.receive(&buffer, from: receiver.socket)
      outcome = message.outcome
    }
    #expect(try waitUntil(.writing, on: sender))
    #expect(try UnixSocket.send([2], through: sender) == .bytes(1))
    let nowhere = try UnixAddress(abstractName: "coreshift-nowhere")
    let error = #expect(throws: CoreError.self) { try UnixSocket.connect(sender, to: nowhere) }
    #expect(error?.code == .connectionRefused && error?.subject == .address("@coreshift-nowhere"))
  }

  @Test(arguments: [UnixSocket.Kind.stream, .sequencedPacket])
  func `the end of a connection is the end`(kind: UnixSocket.Kind) throws {
    let pair = try UnixSocket.makePair(kind)
    try Socket.shutdownWrite(pair.first)
    var buffer: [UInt8] = [0]
    let message = try UnixSocket.receive(&buffer, from: pair.second)
    #expect(message.outcome == .end)
    var nothing: [UInt8] = []
    let empty = try UnixSocket.receive(&nothing, from: pair.second)
    #expect(
      empty.outcome == (kind == .stream ? .bytes(0) : .end),
      "an empty buffer tells nothing of a stream, but takes a message, or finds that there is none")
  }
}
