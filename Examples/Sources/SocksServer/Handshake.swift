public import Drift

/// Where a client wants to go.
public enum Destination: Equatable, CustomStringConvertible {
  /// A numeric address.
  case address(SocketAddress)
  /// A name that is to be looked up here.
  case name(String, port: UInt16)

  /// As a person writes it.
  public var description: String {
    switch self {
    case .address(let address): "\(address)"
    case .name(let name, let port): "\(name):\(port)"
    }
  }
}

/// What a client is told about its request, by its number in RFC 1928.
public enum Answer: UInt8, Sendable {
  /// The way is open.
  case succeeded = 0
  /// For a reason that has no number.
  case failed = 1
  /// The system forbids it.
  case notAllowed = 2
  /// There is no way to that network.
  case networkUnreachable = 3
  /// Nobody has that address or name.
  case hostUnreachable = 4
  /// Nobody listens there.
  case refused = 5
  /// Nobody has answered in time.
  case timedOut = 6
  /// Something else than a connection was asked for.
  case unknownCommand = 7
  /// An address that is neither IPv4 nor IPv6 nor a name.
  case unknownAddressKind = 8
}

/// A client that speaks something else, or wants what there is not; it has been told so.
public struct HandshakeError: Error, Equatable, CustomStringConvertible {
  /// One line for a person.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// The first words of a SOCKS 5 connection (RFC 1928), up to where the client wants to go.
public enum Handshake {
  private static let version: UInt8 = 5
  private static let noAuthentication: UInt8 = 0
  private static let noAcceptableMethod: UInt8 = 0xff
  private static let connect: UInt8 = 1

  /// Greets the client and hears where it wants to go.
  ///
  /// Parks. The client waits for an ``answer(_:from:to:)`` then.
  ///
  /// - Throws: ``HandshakeError``; `StreamEnded`; what the stream throws.
  public static func receive(from client: any DuplexStream) throws -> Destination {
    try agreeOnMethod(with: client)
    let head = try client.readExactly(4)
    guard head[0] == version else { throw HandshakeError("version \(head[0]) in a request") }
    let destination: Destination
    switch head[3] {
    case 1: destination = .address(try receiveAddress(byteCount: 4, from: client))
    case 4: destination = .address(try receiveAddress(byteCount: 16, from: client))
    case 3: destination = try receiveName(from: client)
    default:
      try answer(.unknownAddressKind, to: client)
      throw HandshakeError("address of kind \(head[3])")
    }
    // Only once the whole request is read, so that nothing of it is left when this hangs up.
    guard head[1] == connect else {
      try answer(.unknownCommand, to: client)
      throw HandshakeError("command \(head[1])")
    }
    return destination
  }

  /// Tells the client what became of its request, and from where it is connected.
  ///
  /// Parks.
  public static func answer(
    _ answer: Answer, from local: SocketAddress? = nil, to client: any DuplexStream
  ) throws {
    var bytes = [version, answer.rawValue, 0]
    let address = local?.ipBytes ?? [0, 0, 0, 0]
    bytes.append(address.count == 4 ? 1 : 4)
    bytes += address
    let port = local?.port ?? 0
    bytes += [UInt8(port >> 8), UInt8(port & 0xff)]
    try client.write(bytes)
  }

  private static func agreeOnMethod(with client: any DuplexStream) throws {
    let head = try client.readExactly(2)
    guard head[0] == version else { throw HandshakeError("version \(head[0]) in a greeting") }
    let methods = try client.readExactly(Int(head[1]))
    guard methods.contains(noAuthentication) else {
      try client.write([version, noAcceptableMethod])
      throw HandshakeError("a client that wants to authenticate itself")
    }
    try client.write([version, noAuthentication])
  }

  private static func receiveAddress(
    byteCount: Int, from client: any DuplexStream
  ) throws -> SocketAddress {
    let bytes = try client.readExactly(byteCount)
    return try SocketAddress(ipBytes: bytes, port: receivePort(from: client))
  }

  private static func receiveName(from client: any DuplexStream) throws -> Destination {
    let length = Int(try client.readExactly(1)[0])
    let bytes = try client.readExactly(length)
    let port = try receivePort(from: client)
    guard let name = String(validating: bytes, as: UTF8.self), !name.isEmpty,
      !name.utf8.contains(0)
    else {
      try answer(.hostUnreachable, to: client)
      throw HandshakeError("a name that is no text")
    }
    return .name(name, port: port)
  }

  private static func receivePort(from client: any DuplexStream) throws -> UInt16 {
    let bytes = try client.readExactly(2)
    return UInt16(bytes[0]) << 8 | UInt16(bytes[1])
  }
}
