// Any bytes, as if an inotify descriptor had given them: what is decoded is what a plain reading
// finds, nothing behind the bytes is read, and no event is lost between decoding and pairing.
import CoreShift

/// One input of libFuzzer, whose allocation ends with its last byte.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzInotifyDecoder(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
  var events: [WatchEvent] = []
  var isRefused = false
  do throws(CoreError) {
    try unsafe WatchEvent.decode(bytes.bytes, appendingTo: &events)
  } catch {
    precondition(error.code == .invalidArgument && error.operation == "inotify_decode")
    isRefused = true
  }
  let expected = unsafe plainReading(of: Array(bytes))
  precondition(events == expected.events && isRefused == expected.isRefused)
  checkPairing(of: events)
  return 0
}

/// Each event is told once, alone or as half of a rename, in whatever batches they come.
private func checkPairing(of events: [WatchEvent]) {
  var pairing = RenamePairing<WatchEvent>()
  var told = 0
  func count(_ notices: [RenamePairing<WatchEvent>.Notice]) {
    for notice in notices {
      if case .renamed(let from, let to) = notice {
        precondition(from.cookie == to.cookie && from.cookie != 0)
        told += 2
      } else {
        told += 1
      }
    }
  }
  let half = events.count / 2
  count(pairing.pair(Array(events[..<half])))
  count(pairing.pair(Array(events[half...])))
  count(pairing.flush())
  precondition(told == events.count && !pairing.isWaiting)
}

/// The same by arrays and their checks alone.
private func plainReading(of bytes: [UInt8]) -> (events: [WatchEvent], isRefused: Bool) {
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
