/// The commands of a server by their names.
public struct CommandTable {
  private var commands: [CommandName: Command] = [:]

  /// Has no command.
  public init() {}

  /// Sets what a name does.
  public subscript(name: CommandName) -> Command? {
    get { commands[name] }
    set { commands[name] = newValue }
  }

  /// Runs a request and writes its reply: an error, if there is no such command.
  ///
  /// - Throws: what ends the green thread itself, such as `Cancelled`.
  public func run(_ request: Request, on store: Store, _ replies: inout Replies) throws {
    guard let name = CommandName(request[0]), let command = commands[name] else {
      return replies.error(unknown(request))
    }
    guard command.words.contains(request.count) else {
      let name = String(decoding: request[0], as: UTF8.self).lowercased()
      return replies.error("ERR wrong number of arguments for '\(name)' command")
    }
    do {
      try command.body(request, store, &replies)
    } catch let error as CommandError {
      replies.error(error.message)
    }
  }

  /// In the words of redis: the name, and how its arguments begin, cut short.
  private func unknown(_ request: Request) -> String {
    let name = String(decoding: request[0].prefix(128), as: UTF8.self)
    var message = "ERR unknown command '\(name)', with args beginning with: "
    for word in 1..<max(request.count, 1) where message.utf8.count < 256 {
      message += "'\(String(decoding: request[word].prefix(64), as: UTF8.self))' "
    }
    return message
  }
}
