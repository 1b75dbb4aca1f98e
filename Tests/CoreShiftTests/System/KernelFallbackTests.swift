import CoreShift
import Glibc
import TestSupport
import Testing

/// Each way around a kernel that is older, or a sandbox that is stricter, than what is used first.
///
/// ARCHITECTURE.md lists them; the one for guards of stacks is tested with the stacks.
@Suite struct KernelFallbackTests {
  @Test func `without clone3 a child comes by clone, for every code of refusal`() throws {
    for code in [ENOSYS, EPERM] {
      try withRefusedCalls([RefusedCall(.clone3, with: code)]) {
        let captured = try capture(
          SpawnOptions(["/bin/sh", "-c", "echo here; exit 3"], backend: .clone))
        #expect(captured.output == "here\n")
        #expect(captured.status == .exited(code: 3))
      }
    }
  }

  @Test func `without the group flag of a pidfd the group is signalled by its number`() throws {
    // PIDFD_SIGNAL_PROCESS_GROUP is 4; EINVAL is what kernels before 6.9 answer.
    let unknown = RefusedCall(.pidfdSendSignal, with: EINVAL, whereArgument: 3, is: 4)
    try withRefusedCalls([unknown]) {
      var options = SpawnOptions(
        ["/bin/sh", "-c", "sleep 30 & echo started; wait"], backend: .clone)
      options.processGroup = .own
      options.standardOutput = .pipe
      var spawned = try options.spawn()
      let output = try owned(spawned.standardOutput.take())
      try output.setBlockingMode(.blocking)
      var line = [UInt8](repeating: 0, count: 8)
      #expect(try output.read(into: &line) == .bytes(8))
      try spawned.process.send(.kill, to: .group)
      // Only once nobody holds the pipe any more, the descendant included.
      #expect(try readAll(output).isEmpty)
      #expect(
        try spawned.process.waitExit(for: .seconds(20))?.status
          == .signalled(.kill, coreDumped: false))
    }
  }

  @Test func `without PIDFD_GET_INFO a status that somebody else has reaped is unknown`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGCHLD, SIG_IGN)
      // ENOTTY is what kernels before 6.13 answer, and ESRCH those before 6.15.
      for code in [ENOTTY, ESRCH] {
        try withRefusedCalls([RefusedCall(.ioctl, with: code)]) {
          var ended = try SpawnOptions(["/bin/sh", "-c", "exit 7"], backend: .clone).spawn()
          #expect(try ended.process.waitExit(for: .seconds(20))?.status == .unknown)
        }
      }
    }
  }

  @Test func `without RWF_NOSIGNAL a broken pipe is an error and no signal`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      // EOPNOTSUPP is what kernels before 6.18 answer.
      let unknown = RefusedCall(
        .pwritev2, with: EOPNOTSUPP, whereArgument: 5, under: 0x100, is: 0x100)
      try withRefusedCalls([unknown]) {
        let pipe = try Pipe()
        let writer = pipe.writeEnd
        var open = sigset_t()
        unsafe sigemptyset(&open)
        unsafe sigaddset(&open, SIGPIPE)
        unsafe pthread_sigmask(SIG_UNBLOCK, &open, nil)
        // Twice: the first finds out, the second knows.
        for _ in 0..<2 { #expect(try writer.write([1]) == .bytes(1)) }
        try pipe.readEnd.close()
        for _ in 0..<2 {
          let outcome = Result { () throws(CoreError) in try writer.write([1]) }
          #expect(
            outcome
              == .failure(
                CoreError(
                  operation: "write", code: .brokenPipe, subject: .descriptor(writer.rawValue))))
        }
        #expect(blockedSignals().contains(SIGPIPE) == false)
      }
    }
  }

  @Test func `without madvise a reactor still knows its process`() throws {
    try withRefusedCalls([RefusedCall(.madvise, with: EINVAL)]) {
      var reactor = try Reactor()
      let event = try EventDescriptor(initialCount: 1)
      _ = try reactor.register(event)
      var events: [Event] = []
      #expect(try reactor.wait(into: &events, upTo: 4, for: .zero) == 1)
    }
  }
}
