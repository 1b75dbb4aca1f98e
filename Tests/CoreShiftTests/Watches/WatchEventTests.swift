import CoreShift
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// How many random buffers are tried; `Scripts/test-stress` asks for a million.
private let fuzzedBuffers =
  ProcessEnvironment.value(of: "DRIFT_FUZZED_BUFFERS").flatMap { Int($0.description) } ?? 20_000

@Suite struct WatchEventTests {
  /// An event as the kernel writes it; `length` as it is in the header.
  private func encoded(
    watch: Int32 = 1, flags: UInt32 = 0x100, cookie: UInt32 = 0, name: [UInt8] = [],
    length: UInt32? = nil
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    for word in [UInt32(bitPattern: watch), flags, cookie, length ?? UInt32(name.count)] {
      unsafe withUnsafeBytes(of: word) { bytes += unsafe Array($0) }
    }
    return bytes + name
  }

  private func decode(_ bytes: [UInt8]) -> (events: [WatchEvent], error: CoreError?) {
    var events: [WatchEvent] = []
    do throws(CoreError) {
      try unsafe WatchEvent.decode(bytes.span.bytes, appendingTo: &events)
      return (events, nil)
    } catch {
      return (events, error)
    }
  }

  @Test func `reads header and name, which ends at its first NUL`() {
    let bytes =
      encoded(watch: 3, flags: 0x4000_0100, name: Array("sub\0\0\0\0\0".utf8))
      + encoded(watch: 4, flags: 0x40, cookie: 77, name: [0xff, 0x41, 0, 0x42])
    let (events, error) = decode(bytes)
    #expect(error == nil)
    #expect(
      events == [
        WatchEvent(watch: Watch(rawValue: 3), rawFlags: 0x4000_0100, name: "sub"),
        // No UTF-8, and nothing of what is behind the NUL.
        WatchEvent(
          watch: Watch(rawValue: 4), rawFlags: 0x40, cookie: 77,
          name: RawString(bytes: [0xff, 0x41])),
      ])
    #expect(events[0].changes == .created && events[0].isDirectory)
    #expect(events[1].changes == .movedFrom && !events[1].isDirectory)
  }

  @Test func `a length of zero is no name, and one of NULs an empty one`() {
    #expect(decode(encoded()).events.map(\.name) == [nil])
    #expect(decode(encoded(name: [0, 0, 0, 0])).events.map(\.name) == [""])
    #expect(decode([]).events.isEmpty && decode([]).error == nil)
  }

  @Test func `a name may fill its place to the last byte`() {
    #expect(decode(encoded(name: Array("abcd".utf8))).events.map(\.name) == ["abcd"])
  }

  @Test func `overflow, ignored and unmounted are told, and are no changes`() {
    let bytes =
      encoded(watch: -1, flags: 0x4000) + encoded(flags: 0x8000) + encoded(flags: 0x2000)
    let events = decode(bytes).events
    #expect(events.map(\.isOverflow) == [true, false, false])
    #expect(events.map(\.isIgnored) == [false, true, false])
    #expect(events.map(\.isUnmounted) == [false, false, true])
    #expect(events.allSatisfy { $0.changes.isEmpty })
    #expect(events.map(\.watch) == [nil, Watch(rawValue: 1), Watch(rawValue: 1)])
  }

  @Test func `what is cut off anywhere is EINVAL, after the events before it`() {
    let first = encoded(name: Array("a\0\0\0".utf8))
    let whole = first + encoded(name: Array("b\0\0\0".utf8))
    for count in 0...whole.count {
      let (events, error) = decode(Array(whole[..<count]))
      let isWhole = count == 0 || count == first.count || count == whole.count
      let expected = CoreError(operation: "inotify_decode", code: .invalidArgument)
      #expect(error == (isWhole ? nil : expected), "\(count) bytes")
      #expect(events.count == (count < first.count ? 0 : count < whole.count ? 1 : 2))
    }
  }

  @Test(arguments: [5, 1 << 20, UInt32.max])
  func `a length beyond the bytes is EINVAL`(length: UInt32) {
    let (events, error) = decode(encoded(name: [1, 2, 3, 0], length: length))
    #expect(error?.code == .invalidArgument)
    #expect(events.isEmpty)
  }

  @Test func `any bytes are decoded as a plain reading does it, and none behind them is read`()
    throws
  {
    let seed = UInt64.random(in: 1...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    let room = GuardedRoom()
    var eventCount = 0
    var errorCount = 0
    for _ in 0..<fuzzedBuffers {
      let bytes = randomBuffer(&generator)
      var events: [WatchEvent] = []
      var isTruncated = false
      do throws(CoreError) {
        try unsafe WatchEvent.decode(
          RawSpan(_unsafeBytes: room.holding(bytes)), appendingTo: &events)
      } catch {
        isTruncated = error.code == .invalidArgument
      }
      let expected = plainReading(of: bytes)
      guard events == expected.events, isTruncated == expected.isTruncated else {
        Issue.record("seed \(seed): \(bytes)")
        return
      }
      eventCount += events.count
      errorCount += isTruncated ? 1 : 0
    }
    // Both kinds must have been tried, or this has shown nothing.
    #expect(eventCount > fuzzedBuffers / 2 && errorCount > fuzzedBuffers / 10, "seed \(seed)")
  }

  /// Some events, mostly sound, of which a part is then cut off or changed.
  private func randomBuffer(_ generator: inout SeededGenerator) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 0...4, using: &generator) {
      let name = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
        UInt8.random(in: 0...3, using: &generator) == 0
          ? 0 : UInt8.random(in: 0...255, using: &generator)
      }
      bytes += encoded(
        watch: Int32.random(in: -1...3, using: &generator),
        flags: UInt32.random(in: 0...UInt32.max, using: &generator),
        cookie: UInt32.random(in: 0...3, using: &generator), name: name)
    }
    switch Int.random(in: 0...3, using: &generator) {
    case 0: bytes = bytes.dropLast(Int.random(in: 0...bytes.count, using: &generator))
    case 1 where !bytes.isEmpty:
      bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
        in: 0...255, using: &generator)
    default: break
    }
    return bytes
  }

  /// The same by arrays and their checks alone.
  private func plainReading(of bytes: [UInt8]) -> (events: [WatchEvent], isTruncated: Bool) {
    var events: [WatchEvent] = []
    var rest = bytes[...]
    func word(_ index: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(rest[rest.startIndex + index * 4 + $1]) << ($1 * 8) }
    }
    while !rest.isEmpty {
      guard rest.count >= 16, rest.count - 16 >= Int(word(3)) else { return (events, true) }
      let watch = Int32(bitPattern: word(0))
      let name = rest.dropFirst(16).prefix(Int(word(3)))
      events.append(
        WatchEvent(
          watch: watch > 0 ? Watch(rawValue: watch) : nil, rawFlags: word(1), cookie: word(2),
          name: name.isEmpty ? nil : RawString(bytes: name.prefix { $0 != 0 })))
      rest = rest.dropFirst(16 + name.count)
    }
    return (events, false)
  }
}

/// A page behind which nothing can be read.
@safe
private final class GuardedRoom {
  private let page: UnsafeMutableRawBufferPointer

  init() {
    let start = unsafe mmap(nil, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    unsafe page = UnsafeMutableRawBufferPointer(start: start, count: 4096)
    guard let start = unsafe start, unsafe mprotect(start + 4096, 4096, PROT_NONE) == 0 else {
      fatalError("no guarded page")
    }
  }

  deinit { unsafe munmap(page.baseAddress, 8192) }

  /// The bytes at the very end of the page.
  func holding(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
    let place = unsafe UnsafeMutableRawBufferPointer(rebasing: page.suffix(bytes.count))
    unsafe place.copyBytes(from: bytes)
    return UnsafeRawBufferPointer(place)
  }
}
