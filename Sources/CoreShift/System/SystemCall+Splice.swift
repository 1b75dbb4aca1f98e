internal import CCoreShift

extension SystemCall {
  static func splice(_ source: Int32, to target: Int32, upTo byteLimit: Int) -> Int {
    ccoreshift_splice(source, target, byteLimit)
  }

  static func sendFile(
    _ file: Int32, at offset: Int64, to target: Int32, upTo byteLimit: Int
  ) -> Int {
    ccoreshift_send_file(file, offset, target, byteLimit)
  }
}
