/// What a client asks for: the name of a command and its arguments, as they came.
public struct Request {
  /// What has come and has not been answered; requests lie in it, the present one from `start`.
  var buffer: [UInt8] = []
  var start = 0
  /// Where the words are, counted from `start`.
  var words: [Range<Int>] = []

  init() {}

  /// One request by itself.
  init(_ words: [[UInt8]]) {
    for word in words {
      self.words.append(buffer.count..<buffer.count + word.count)
      buffer += word
    }
  }

  /// How many words it has; the name of the command is one of them.
  public var count: Int { words.count }

  /// A word without a copy: use it before the command ends, or make an array of it.
  public subscript(word: Int) -> ArraySlice<UInt8> {
    let place = words[word]
    return buffer[start + place.lowerBound..<start + place.upperBound]
  }
}
