// A key-value server for redis-cli and any other client that speaks RESP2.
import ArgumentParser
import Drift
import KeyValueServer

@main struct KeyValue: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keyvalue", abstract: "Keeps keys and values in memory, for redis clients.")

  @Option(help: "The numeric address to listen on.")
  var bind = "127.0.0.1"
  @Option(help: "The port to listen on; 0 lets the kernel choose.")
  var port: UInt16 = 6379

  func run() throws {
    try Drift.run {
      let signals = try SignalStream([.interrupt, .terminate])
      let listener = try TCPListener(bind: bind, port: port)
      print("listening on \(listener.localAddress)")
      let store = Store()
      try withScope(isolatingFailures: { _ in }) { clients in
        clients.spawn(name: "sweeper") { try store.sweep() }
        clients.spawn(name: "acceptor") {
          while true {
            let stream = try listener.accept()
            clients.spawn(name: "client") {
              defer { stream.close() }
              try stream.setNoDelay()
              try Session(on: store).serve(stream)
            }
          }
        }
        _ = try signals.next()
        clients.cancel()
      }
    }
  }
}
