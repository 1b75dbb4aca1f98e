internal import CCoreShift

extension SystemCall {
  static func splice(_ source: Int32, to target: Int32, upTo byteLimit: Int) -> Int {
    ccoreshift_splice(source, target, byteLimit)
  }

  static func isReady(_ descriptor: Int32, toWrite: Bool) -> Int32 {
    ccoreshift_is_ready(descriptor, toWrite ? 1 : 0)
  }
}
