import BuiltExamples
import Drift
import Testing

@Suite struct Socks5Tests {
  /// Answers every HTTP request on `host` while `body` runs.
  private func withWebServer(on host: String, _ body: (UInt16) throws -> Void) throws {
    let listener = try TCPListener(bind: host, port: 0)
    try withScope { scope in
      scope.spawn(name: "web server") {
        try listener.serve(limit: 10, draining: .zero, onFailure: { _ in }) { client in
          let reader = BufferedReader(client)
          while let line = try reader.readLine(), !line.isEmpty {}
          try client.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        }
      }
      try body(listener.localAddress.port)
      listener.close()
    }
  }

  @Test(
    .enabled(if: isInstalled("curl"), "curl is not installed"),
    arguments: [
      ("127.0.0.1", "127.0.0.1", "socks5"), ("::1", "[::1]", "socks5"),
      ("127.0.0.1", "localhost", "socks5h"),
    ])
  func `curl fetches through it`(host: String, name: String, scheme: String) throws {
    try BuiltExample.run("socks5", ["--port", "0"]) { server in
      let proxy = RawString("\(scheme)://127.0.0.1:\(try server.port())")
      try withWebServer(on: host) { port in
        let output = try Command(
          "curl", "--silent", "--show-error", "--noproxy", "", "--proxy", proxy,
          RawString("http://\(name):\(port)/")
        ).output()
        #expect(output.text == "hello" && output.errorText == "")
      }
    }
  }

  @Test(.enabled(if: isInstalled("curl"), "curl is not installed"))
  func `curl is told when nobody listens there`() throws {
    try BuiltExample.run("socks5", ["--port", "0"]) { server in
      let closed = try TCPListener(bind: "127.0.0.1", port: 0)
      let port = closed.localAddress.port
      closed.close()
      let output = try Command(
        "curl", "--silent", "--noproxy", "", "--proxy",
        RawString("socks5://127.0.0.1:\(try server.port())"), RawString("http://127.0.0.1:\(port)/")
      ).output()
      // 97: a failure that the proxy has told.
      #expect(output.status == .exited(code: 97))
    }
  }
}
