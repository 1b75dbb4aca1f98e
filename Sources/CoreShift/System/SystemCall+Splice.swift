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

extension SystemCall {
  static func pipeCapacity(_ descriptor: Int32) -> Int32 { ccoreshift_pipe_capacity(descriptor) }

  static func setPipeCapacity(_ descriptor: Int32, _ count: Int32) -> Int32 {
    ccoreshift_set_pipe_capacity(descriptor, count)
  }
}
