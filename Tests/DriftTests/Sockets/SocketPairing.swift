import CoreShift
import Drift
import Glibc
import GreenThreads
import Testing

/// Two ends of one connection.
func connectedPair(
  _ host: String = "127.0.0.1"
) throws -> (client: TCPStream, server: TCPStream) {
  let listener = try TCPListener(bind: host, port: 0)
  let client = try TCPStream(connect: listener.localAddress)
  return (client, try listener.accept())
}

/// One read.
func read(_ stream: TCPStream) throws -> [UInt8] {
  var buffer = [UInt8](repeating: 0, count: 16 << 10)
  let count = try stream.read(into: &buffer)
  return Array(buffer[..<count])
}

/// Reads until the end.
func readAll(_ stream: TCPStream) throws -> [UInt8] {
  var all: [UInt8] = []
  while case let bytes = try read(stream), !bytes.isEmpty { all += bytes }
  return all
}

/// A stream of this library whose peer is a bare, blocking socket, to be closed by the caller.
func streamWithBarePeer() throws -> (stream: TCPStream, peer: Int32) {
  let listener = try TCPListener(bind: "127.0.0.1", port: 0)
  let peer = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = listener.localAddress.port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  let length = socklen_t(MemoryLayout<sockaddr_in>.size)
  // The listener's queue takes the connection, so this does not wait for anybody.
  let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      while unsafe connect(peer, $0, length) < 0 { if errno != EINTR { return false } }
      return true
    }
  }
  try #require(isConnected)
  return (try listener.accept(), peer)
}

/// Sends all of `text` on a bare socket.
func send(_ text: String, on number: Int32, flags: Int = 0) throws {
  let bytes = Array(text.utf8)
  try #require(unsafe Glibc.send(number, bytes, bytes.count, Int32(flags)) == bytes.count)
}

/// Closes a bare socket so that its peer is reset.
func reset(_ number: Int32) {
  var now = linger(l_onoff: 1, l_linger: 0)
  unsafe setsockopt(
    number, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
  close(number)
}
