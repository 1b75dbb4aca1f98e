import CoreShift
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// What a child inherits in place of a stream that its parent was started without.
@Suite struct SpawnStreamsTests {
  /// Looks at all of them before it writes, which opens its own output anew.
  private static let report =
    "all=; for n in 0 1 2; do test -e /proc/$$/fd/$n && all=$all$n; done; echo $all >&9"

  /// Which standard streams a child finds open, if all that are not changed are inherited.
  private static func found(
    _ way: SpawnWay, _ change: (inout SpawnOptions) -> Void = { _ in }
  ) throws -> String {
    // Above 2, whatever is closed.
    let pipe = try Pipe(writeEnd: .blocking)
    let raised = fcntl(pipe.writeEnd.rawValue, F_DUPFD_CLOEXEC, 10)
    var options = way.options(["/bin/sh", "-c", RawString(report)])
    options.standardInput = .inherit
    options.descriptors = [DescriptorMapping(from: raised, to: 9)]
    change(&options)
    var spawned = try options.spawn()
    try pipe.writeEnd.close()
    close(raised)
    _ = try spawned.process.waitExit(for: .seconds(20))
    return text(try readAll(pipe.readEnd))
  }

  @Test(arguments: SpawnWay.all)
  func `a descriptor of ours that has a stream's number stays ours`(way: SpawnWay) throws {
    try withOwnDescriptors {
      let directory = unsafe open("/", O_RDONLY | O_CLOEXEC)
      for number in 0...2 as ClosedRange<Int32> {
        let before = fcntl(number, F_DUPFD_CLOEXEC, 20)
        #expect(dup2(directory, number) == number && fcntl(number, F_SETFD, FD_CLOEXEC) == 0)
        let others = (0...2).filter { $0 != number }.map { "\($0)" }.joined()
        let found = try SpawnStreamsTests.found(way)
        #expect(found == "\(others)\n")
        #expect(dup2(before, number) == number)
      }
      let found = try SpawnStreamsTests.found(way)
      #expect(found == "012\n")
    }
  }

  @Test(arguments: SpawnWay.all)
  func `an error output that follows such an output is closed with it`(way: SpawnWay) throws {
    try withOwnDescriptors {
      let directory = unsafe open("/", O_RDONLY | O_CLOEXEC)
      #expect(dup2(directory, 1) == 1 && fcntl(1, F_SETFD, FD_CLOEXEC) == 0)
      #expect(try SpawnStreamsTests.found(way) { $0.standardError = .standardOutput } == "0\n")
      // A number that is named is given, whatever it is.
      let named = try SpawnStreamsTests.found(way) { $0.standardOutput = .descriptor(1) }
      #expect(named == "012\n")
    }
  }
}
