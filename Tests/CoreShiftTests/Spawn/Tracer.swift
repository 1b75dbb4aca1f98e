import CoreShift

/// Another process that traces one of ours, and collects it only when it is told to.
///
/// Until then the kernel lets nobody else reap it.
struct Tracer: ~Copyable {
  private var process: ProcessDescriptor
  private let input: Fd

  struct Refused: Error {}

  /// Returns once it traces; needs perl, and the permission to trace.
  init(of pid: Int32) throws {
    #if arch(x86_64)
      let ptrace = 101
    #else
      let ptrace = 117
    #endif
    // PTRACE_SEIZE, which stops nobody.
    let script = """
      syscall(\(ptrace), 0x4206, \(pid), 0, 0) == 0 or exit 1;
      $| = 1; print "tracing\\n"; <STDIN>; waitpid(\(pid), 0);
      """
    var options = SpawnOptions(["/usr/bin/perl", "-e", RawString(script)], backend: .clone)
    options.standardInput = .pipe
    options.standardOutput = .pipe
    var spawned = try options.spawn()
    let input = try owned(spawned.standardInput.take())
    let output = try owned(spawned.standardOutput.take())
    try output.setBlockingMode(.blocking)
    var line = [UInt8](repeating: 0, count: 8)
    guard try output.read(into: &line) == .bytes(8) else { throw Refused() }
    self.input = input
    process = spawned.process
  }

  /// Collects what it traces, which must have ended, and ends itself.
  consuming func collect() throws {
    _ = try input.write([10])
    guard try process.waitExit(for: .seconds(20))?.status.isSuccess == true else { throw Refused() }
  }

  /// Whether there is one, and it may trace.
  static let isPossible: Bool = {
    do {
      let traced = try SpawnOptions(["/bin/sleep", "60"], backend: .clone).spawn()
      do {
        let tracer = try Tracer(of: traced.process.pid)
        _ = consume tracer
      }
      return true
    } catch {
      return false
    }
  }()
}
