// The code of the article "Unix sockets".
import CoreShift

func listen() throws -> UnixSocket.Bound {
  let listener = try UnixSocket.listen(
    on: UnixAddress(path: "/run/app.sock"), replacing: .deadSocket, permissions: 0o660)
  return listener
}

func passDescriptor() throws {
  let pair = try UnixSocket.makePair()
  let pipe = try Pipe()
  _ = try UnixSocket.send([1], passing: [pipe.writeEnd.rawValue], through: pair.first)

  var buffer = [UInt8](repeating: 0, count: 64)
  var message = try UnixSocket.receive(&buffer, descriptors: 1, from: pair.second)
  if let passed = message.descriptors.takeFirst() {
    _ = try passed.write([42])
  }
}

try passDescriptor()
