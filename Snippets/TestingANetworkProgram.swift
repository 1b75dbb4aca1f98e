// The code of the article "Testing a network program".
import Drift
import DriftTesting

func shout(to client: any DuplexStream) throws {
  let reader = BufferedReader(client)
  while let line = try reader.readLine() {
    try client.write(line.uppercased() + "\n")
  }
}

struct WrongAnswer: Error {}

func serveInMemory() throws {
  try GreenThreads.run(on: VirtualTime()) {
    let listener = MemoryListener()
    try withScope { scope in
      scope.spawn {
        try listener.serve(limit: 100, draining: .seconds(1), onFailure: { print($0) }) { client in
          try shout(to: client)
        }
      }
      let client = try listener.connect()
      try client.write("hello\n")
      try client.shutdownWrite()
      let answer = try client.readAll(limit: 100)
      if answer != Array("HELLO\n".utf8) { throw WrongAnswer() }
      listener.stop()
    }
  }
}

func followAScript() throws {
  try GreenThreads.run(on: VirtualTime()) {
    let (client, server) = MemoryStream.pair()
    let peer = ScriptedPeer(
      "the client",
      [
        .send("hel"), .pause(.seconds(30)), .send("lo\nyou\n"),
        .expectLine("HELLO"), .expectLine("YOU"),
        .endSending, .expectEnd,
      ])
    try withScope { scope in
      scope.spawn {
        try shout(to: server)
        server.close()
      }
      try peer.run(on: client)
    }
  }
}

func surviveFaults() throws {
  try runUnderSeeds(0..<100) { seed in
    let listener = MemoryListener()
    try withScope { scope in
      scope.spawn {
        try listener.serve(limit: 100, draining: .seconds(1), onFailure: { print($0) }) { client in
          try shout(to: FaultyStream(client, faults: .rough(seed: seed)))
        }
      }
      let client = FaultyStream(try listener.connect(), faults: .rough(seed: seed + 1000))
      try client.write("hello\n")
      try client.shutdownWrite()
      let answer = try client.readAll(limit: 100)
      if answer != Array("HELLO\n".utf8) { throw WrongAnswer() }
      listener.stop()
    }
  }
}

func breakOff() throws {
  try GreenThreads.run(on: VirtualTime()) {
    var script = FaultScript(seed: 1)
    script.readingEnds = .reset(afterBytes: 3)
    let (client, server) = MemoryStream.pair()
    try client.write("hello\n")
    do {
      try shout(to: FaultyStream(server, faults: script))
    } catch let error as CoreError where error.code == .connectionReset {}
  }
}

func leaveNothingBehind() throws {
  try Drift.run {
    try withLeakCheck {
      let (reader, writer) = try Pipe.makeStreams()
      defer { reader.close() }
      try writer.write("x")
      writer.close()
      _ = try reader.readAll(limit: 1)
    }
  }
}

func keepTheRules() throws {
  try GreenThreads.run(on: VirtualTime()) {
    try StreamRule.checkAll {
      let (one, other) = MemoryStream.pair()
      return StreamEnds(one, other)
    }
  }
}

try serveInMemory()
try followAScript()
try surviveFaults()
try breakOff()
try leaveNothingBehind()
try keepTheRules()
