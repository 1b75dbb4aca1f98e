// A key-value server for redis-cli and any other client that speaks RESP2.
import ArgumentParser
import Drift
import KeyValueServer

@main struct KeyValue: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keyvalue", abstract: "Keeps keys and values in memory, for redis clients.",
    discussion: "INT and TERM end it; requests that are on their way are answered.")

  @Option(help: "The numeric address to listen on.")
  var bind = "127.0.0.1"
  @Option(help: "The port to listen on; 0 lets the kernel choose.")
  var port: UInt16 = 6379
  @Option(help: "How many clients at a time.")
  var limit = 10_000
  @Option(help: "How many seconds a client may be silent before it is closed; 0 for ever.")
  var timeout = 0

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit takes a number from 1 on, not \(limit)") }
    if !(0...Int(Int32.max) ~= timeout) {
      throw ValidationError("--timeout takes a number of seconds from 0 on, not \(timeout)")
    }
  }

  func run() throws {
    let idleLimit: Duration? = timeout > 0 ? .seconds(timeout) : nil
    var options: Socket.Options = [.noDelay]
    // Who has gone without a word is noticed after ten minutes, as redis has it.
    options.keepAlive = .init(idle: .seconds(300), interval: .seconds(100), probes: 3)
    try Drift.run {
      let listener = try TCPListener(bind: bind, port: port, options: options)
      try standardOutput.write("listening on \(listener.localAddress)\n")
      let store = Store()
      try withGracefulShutdown { shutdown in
        shutdown.scope.spawn(name: "sweeper") { try store.sweep() }
        // A client that has gone away in the middle is nobody's failure here.
        try listener.serve(limit: limit, draining: .milliseconds(200), onFailure: { _ in }) {
          client in
          try Session(on: store, idleLimit: idleLimit).serve(client)
        }
      }
    }
  }
}
