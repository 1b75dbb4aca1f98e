internal import CoreShift
internal import GreenThreads

extension Descriptor {
  /// Tries `call` until it gives something; nil means would-block, and parks.
  func receiveLoop<Value: ~Copyable>(
    _ call: (borrowing Fd) throws(CoreError) -> Value?
  ) throws -> Value {
    try GreenThread.checkCancellation()
    try requireNoReader()
    while true {
      if let value = try withDescriptor(call) { return value }
      try waitForMoreToRead()
    }
  }
}
