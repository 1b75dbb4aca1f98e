import CoreShift
import Testing

@Suite struct ByteSearchTests {
  @Test func `finds the first one, wherever it is, and nothing outside`() {
    for count in [1, 7, 8, 31, 64, 100] {
      for index in 0..<count {
        var bytes = [UInt8](repeating: 1, count: count)
        bytes[index] = 10
        bytes[count - 1] = 10
        unsafe bytes.withUnsafeBytes { bytes in
          #expect(unsafe ByteSearch.firstIndex(of: 10, in: bytes) == index)
          let before = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<index])
          #expect(unsafe ByteSearch.firstIndex(of: 10, in: before) == nil)
        }
      }
    }
  }

  @Test func `finds nothing in nothing`() {
    let nothing = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    #expect(unsafe ByteSearch.firstIndex(of: 0, in: nothing) == nil)
  }
}
