/// The commands of a server by their names.
public struct CommandTable {
  private var commands: [String: Command] = [:]

  /// Has no command.
  public init() {}

  /// Sets what a name, in capital letters, does.
  public subscript(name: String) -> Command? {
    get { commands[name] }
    set { commands[name] = newValue }
  }

  /// Runs a request and writes its reply: an error, if there is no such command.
  ///
  /// - Throws: what ends the green thread itself, such as `Cancelled`.
  public func run(_ request: [[UInt8]], on store: Store, _ replies: inout Replies) throws {
    let name = String(decoding: request[0].lazy.map(capital), as: UTF8.self)
    guard let command = commands[name] else {
      return replies.error(unknown(request))
    }
    guard command.words.contains(request.count) else {
      let name = name.lowercased()
      return replies.error("ERR wrong number of arguments for '\(name)' command")
    }
    do {
      try command.body(request, store, &replies)
    } catch let error as CommandError {
      replies.error(error.message)
    }
  }

  /// In the words of redis: the name, and how its arguments begin, cut short.
  private func unknown(_ request: [[UInt8]]) -> String {
    let name = String(decoding: request[0].prefix(128), as: UTF8.self)
    var message = "ERR unknown command '\(name)', with args beginning with: "
    for argument in request.dropFirst() where message.utf8.count < 256 {
      message += "'\(String(decoding: argument.prefix(64), as: UTF8.self))' "
    }
    return message
  }
}

private func capital(_ byte: UInt8) -> UInt8 {
  UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte ? byte - 32 : byte
}
