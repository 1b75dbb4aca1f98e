// The code of the article "Coming from Go".
import Drift

func spawnAndJoin(_ hosts: [String]) throws -> [SocketAddress] {
  let resolver = Resolver.system
  return try withScope { scope in
    let lookups = hosts.map { host in
      scope.spawn { try resolver.addresses(of: host, port: 443) }
    }
    return try joinAll(lookups).flatMap { $0 }
  }
}

func sendAndReceive() throws -> Int {
  let numbers = Channel<Int>(.bounded(8))
  return try withScope { scope in
    scope.spawn {
      for number in 1...100 { try numbers.send(number) }
      numbers.close()
    }
    var sum = 0
    try numbers.forEach { sum += $0 }
    return sum
  }
}

func selectWithDefault(_ jobs: Channel<Int>, _ quit: Gate) throws -> Int? {
  let job = try select(
    .receive(from: jobs) { $0 },
    .after(.seconds(1)) { nil }
  )
  return job
}

func bound(_ address: SocketAddress) throws -> [UInt8] {
  try withTimeout(.seconds(5)) {
    let stream = try TCPStream(connect: address)
    defer { stream.close() }
    try stream.write("GET / HTTP/1.0\r\n\r\n")
    return try stream.readAll(limit: 1 << 20)
  }
}

func useAllCores(_ inputs: [[UInt8]]) throws -> [Int] {
  try withScope { scope in
    let sums = inputs.map { input in
      scope.spawn { try offload("sum") { input.reduce(0) { $0 + Int($1) } } }
    }
    return try joinAll(sums)
  }
}

try Drift.run {
  print(try sendAndReceive())
  print(try useAllCores([[1, 2], [3, 4]]))
}
