import CoreShift
import Testing

@Suite struct FdReadinessTests {
  @Test func `a pipe is ready as its bytes, its room and its other end say`() throws {
    let pipe = try Pipe()
    #expect(try pipe.readEnd.readiness(for: [.reading, .writing]) == [])
    #expect(try pipe.writeEnd.readiness(for: [.reading, .writing]) == .writing)
    _ = try pipe.writeEnd.write([1])
    #expect(try pipe.readEnd.readiness(for: .reading) == .reading)
    #expect(try pipe.readEnd.readiness(for: .writing) == [])
  }

  @Test func `a hang-up is readiness for all that was asked, and a file is always ready`() throws {
    let pipe = try Pipe()
    let reader = pipe.readEnd
    let writer = pipe.writeEnd
    try writer.close()
    #expect(try reader.readiness(for: .reading) == .reading)
    let file = try Fd(opening: "/proc/self/status", for: .reading)
    #expect(try file.readiness(for: .reading) == .reading)
  }
}
