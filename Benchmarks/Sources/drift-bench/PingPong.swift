import GreenThreads

/// A value there and back over two unbuffered channels: nanoseconds for each round trip.
func pingPongBenchmark() throws {
  let count = 10_000_000
  try run(on: VirtualTime()) {
    let (ping, pong) = (Channel<Int>(), Channel<Int>())
    let begin = Instant.monotonicNow.nanoseconds
    try withScope { scope in
      scope.spawn {
        while let number = try ping.receive() { try pong.send(number) }
      }
      var sum = 0
      for number in 0..<count {
        try ping.send(number)
        sum &+= try pong.receive() ?? 0
      }
      ping.close()
      precondition(sum == count * (count - 1) / 2)
    }
    let elapsed = Instant.monotonicNow.nanoseconds - begin
    print("ns_per_roundtrip", Double(elapsed) / Double(count))
  }
}
