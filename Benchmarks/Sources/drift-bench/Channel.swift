import GreenThreads

/// One producer, one consumer, an unbuffered channel: nanoseconds for each value.
func channelBenchmark() throws {
  let count = 10_000_000
  try run(on: VirtualTime()) {
    let channel = Channel<Int>()
    var sum = 0
    let begin = Instant.monotonicNow.nanoseconds
    try withScope { scope in
      scope.spawn {
        for number in 0..<count { try channel.send(number) }
        channel.close()
      }
      while let number = try channel.receive() { sum &+= number }
    }
    let elapsed = Instant.monotonicNow.nanoseconds - begin
    precondition(sum == count * (count - 1) / 2)
    print("ns_per_handoff", Double(elapsed) / Double(count))
  }
}
