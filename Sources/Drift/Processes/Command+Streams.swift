public import CoreShift

extension Command {
  /// What a child's standard input is.
  public enum Input: Sendable {
    /// `/dev/null`: the end at once.
    case null
    /// This program's own.
    ///
    /// On a terminal only with ``Command/processGroup`` `.inherit`: the kernel stops a group that
    /// reads it in the background.
    case inherit
    /// These bytes, and then the end. A child that ends without reading them all is fine.
    case bytes([UInt8])
    /// A file, opened for reading when the command is started.
    case file(RawString)
    /// A copy of this descriptor, which stays the caller's and must be open whenever the command
    /// is started.
    case descriptor(Int32)
    /// A pipe that is written while the child runs, at ``ChildProcess/standardInput``; closing
    /// that is the end.
    ///
    /// Where nobody gets the child to write it, as from ``Command/run(limit:)``, the end at once.
    case pipe

    /// This text's UTF-8, and then the end.
    public static func text(_ text: String) -> Input { .bytes(Array(text.utf8)) }
  }

  /// Where a child's standard output, or its standard error, goes.
  public enum Output: Sendable {
    /// Here, through a pipe: collected by ``Command/output(limit:until:sink:started:)``, within
    /// its limits, or read at ``ChildProcess/standardOutput``.
    case capture
    /// Where this program's own goes.
    case inherit
    /// `/dev/null`.
    case null
    /// Into a file, opened for writing when the command is started; made anew, unless told.
    case file(
      RawString, Fd.OpenOptions = [.create, .truncate], permissions: UInt32 = 0o666)
    /// A copy of this descriptor, which stays the caller's and must be open whenever the command
    /// is started.
    case descriptor(Int32)
    /// Only for the standard error: where the standard output goes, both in true order.
    case standardOutput
  }
}

extension Command.Input {
  var stream: StandardStream {
    switch self {
    case .null: .null
    case .inherit: .inherit
    case .bytes, .pipe: .pipe
    case .file(let path): .file(path)
    case .descriptor(let number): .descriptor(number)
    }
  }
}

extension Command.Output {
  var stream: StandardStream {
    switch self {
    case .capture: .pipe
    case .inherit: .inherit
    case .null: .null
    case .file(let path, let options, let permissions):
      .file(path, options, permissions: permissions)
    case .descriptor(let number): .descriptor(number)
    case .standardOutput: .standardOutput
    }
  }
}
