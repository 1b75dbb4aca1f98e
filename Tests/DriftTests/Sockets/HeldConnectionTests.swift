import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

// Many connections at once, both ends in this process.
//
// The limit of open files belongs to the process, and so do its memory and its OS threads: a
// process of its own.
@Suite struct HeldConnectionTests {
  @Test(.enabled(if: !isSanitized, "a green thread takes ten times as much there"))
  func `a thousand connections that are open at once echo, in little memory, on one OS thread`()
    async
  {
    await #expect(processExitsWith: .success) {
      let count = 1000
      try raiseDescriptorLimit(to: 2 * count + 100)
      try Drift.run {
        // Room for all, or the kernel lets some come again after seconds.
        let listener = try TCPListener(bind: "127.0.0.1", port: 0, backlog: Int32(count))
        let everybody = Gate(label: "everybody is here")
        var present = 0
        var failed = 0
        var most = 0
        try withScope { scope in
          let serving = scope.spawn {
            try listener.serve(
              limit: count, draining: .seconds(20), onFailure: { _ in failed += 1 }
            ) { stream in
              present += 1
              defer { present -= 1 }
              while case let bytes = try stream.readExactly(8), bytes[0] != 0xFF {
                try stream.write(bytes)
              }
            }
          }
          let pagesBefore = residentPageCount()
          let threadsBefore = osThreadCount()
          var asked = 0
          try withTimeout(.seconds(120)) {
            try withScope { clients in
              for number in 0..<count {
                clients.spawn {
                  let client = try TCPStream(connect: listener.localAddress)
                  for round in 0..<3 {
                    let question = noise(7, seed: UInt64(number * 3 + round))
                    try client.write([1] + question)
                    try require(try client.readExactly(8) == [1] + question)
                    if round > 0 { continue }
                    asked += 1
                    if asked == count { everybody.open() }
                    try everybody.pass()
                  }
                  try client.write([0xFF] + [UInt8](repeating: 0, count: 7))
                }
              }
              try everybody.pass()
              most = present
              try require(osThreadCount() == threadsBefore)
              // Two green threads, each with a page or two of stack and what it reads into, and two
              // objects for each connection; the kernel's buffers are not counted.
              try require(residentPageCount() - pagesBefore < 10 * count)
            }
          }
          try require(most == count)
          listener.stop()
          try require(try serving.join() == 0 && failed == 0)
        }
      }
    }
  }
}

private struct NotSo: Error {}

private func require(_ isTrue: Bool) throws {
  if !isTrue { throw NotSo() }
}

private func raiseDescriptorLimit(to count: Int) throws {
  let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  var limit = rlimit()
  try #require(unsafe getrlimit(resource, &limit) == 0)
  limit.rlim_cur = max(limit.rlim_cur, rlim_t(count))
  try #require(unsafe setrlimit(resource, &limit) == 0, "the hard limit is too low")
}
