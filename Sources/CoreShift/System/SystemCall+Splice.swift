internal import CCoreShift

extension SystemCall {
  static func splice(_ source: Int32, to target: Int32, upTo byteLimit: Int) -> Int {
    ccoreshift_splice(source, target, byteLimit)
  }
}
