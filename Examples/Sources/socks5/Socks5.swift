// A SOCKS 5 server: takes connections elsewhere for clients such as curl.
import ArgumentParser
import Drift
import SocksServer

@main struct Socks5: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "socks5", abstract: "Takes connections elsewhere, without authentication.",
    discussion: "INT and TERM take no more clients, and give the others two seconds.")

  @Option(help: "The numeric address to listen on.")
  var bind = "127.0.0.1"
  @Option(help: "The port to listen on; 0 lets the kernel choose.")
  var port: UInt16 = 1080
  @Option(help: "How many clients at a time.")
  var limit = 1_000

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit takes a number from 1 on, not \(limit)") }
  }

  func run() throws {
    try Drift.run {
      let listener = try TCPListener(bind: bind, port: port, options: SocksSession.options)
      try standardOutput.write("listening on \(listener.localAddress)\n")
      try withGracefulShutdown { _ in
        try listener.serve(limit: limit, draining: .seconds(2), onFailure: complain) { client in
          try SocksSession().serve(client)
        }
      }
    }
  }

  /// One client's failure is a line, and nobody else's.
  private func complain(about error: any Error) {
    try? standardError.write("socks5: \(error)\n")
  }
}
