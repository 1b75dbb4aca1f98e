import CoreShift
import TestSupport
import Testing

@Suite struct FaultTests {
  @Test func `the chosen call fails with the chosen code, and those around it do not`() throws {
    let isReached = try Fault.inject(.systemFileTableFull, atCall: 2) {
      _ = try EventDescriptor()
      let error = #expect(throws: CoreError.self) { _ = try TimerDescriptor() }
      #expect(error == CoreError(operation: "timerfd_create", code: .systemFileTableFull))
      _ = try EventDescriptor()
    }
    #expect(isReached)
    _ = try TimerDescriptor()
  }

  @Test func `a body with fewer calls is told from one that has come so far`() throws {
    #expect(try Fault.inject(.busy, atCall: 2, { _ = try EventDescriptor() }) == false)
    #expect(Fault.inject(.busy, atCall: 1, {}) == false)
  }

  @Test func `the calls of another OS thread do not fail`() {
    Fault.inject(.busy, atCall: 1) {
      let thread = HelperThread { #expect(throws: Never.self) { _ = try EventDescriptor() } }
      thread.join()
    }
  }

  @Test func `after a body that throws nothing fails any more`() throws {
    let thrown = CoreError(operation: "body", code: .cancelled)
    let error = #expect(throws: CoreError.self) {
      try Fault.inject(.busy, atCall: 1) { throw thrown }
    }
    #expect(error == thrown)
    _ = try EventDescriptor()
  }

  @Test func `a reactor that fails to be made, or to learn, releases everything`() throws {
    try withOwnDescriptors {
      let outcomes = try failEachCall { () throws(CoreError) in
        var reactor = try Reactor()
        let interrupter = try Interrupter()
        let timer = try TimerDescriptor()
        _ = try reactor.register(interrupter)
        let token = try reactor.register(timer)
        try reactor.modify(token, to: .reading)
        try reactor.unregister(token)
      }
      // Without madvise, the mark of the process is compared with its identifier.
      #expect(
        outcomes.map { $0?.operation } == [
          "epoll_create1", "mmap", nil, "eventfd", "timerfd_create", "epoll_ctl_add",
          "epoll_ctl_add", "epoll_ctl_mod", "epoll_ctl_del",
        ])
    }
  }

  @Test func `a pipe whose ends cannot be told apart closes both`() throws {
    try withOwnDescriptors {
      let outcomes = try failEachCall { () throws(CoreError) in
        _ = try Pipe(writeEnd: .blocking)
        _ = try Pipe(readEnd: .blocking)
      }
      #expect(outcomes.map { $0?.operation } == ["pipe2", "fcntl", "pipe2", "fcntl"])
    }
  }

  @Test func `a copy, an opening and a change of flags that fail leave nothing open`() throws {
    try withOwnDescriptors {
      let outcomes = try failEachCall { () throws(CoreError) in
        let pipe = try Pipe()
        let copy = try pipe.readEnd.duplicate()
        try copy.setBlockingMode(.blocking)
        try copy.setBlockingMode(.nonBlocking)
        try copy.setExecMode(.inherited)
        try pipe.writeEnd.duplicate(onto: copy.rawValue, .closed)
        _ = try Fd(opening: "/dev/null", for: .reading)
        _ = try Fd(reopening: pipe.readEnd.rawValue, for: .reading)
      }
      #expect(
        outcomes.map { $0?.operation } == [
          "pipe2", "fcntl_dupfd_cloexec", "fcntl", "fcntl", "fcntl", "dup3", "open", "open",
        ])
    }
  }

  @Test func `a signalfd that fails to be made leaves the mask as it was`() throws {
    try withOwnDescriptors {
      let mask = blockedSignals()
      let outcomes = try failEachCall { () throws(CoreError) in
        let earlier = blockedSignals()
        do throws(CoreError) {
          _ = try SignalDescriptor([.user1, .user2])
        } catch {
          #expect(blockedSignals() == earlier)
          throw error
        }
      }
      // The first is the blocking itself.
      #expect(outcomes.map { $0?.operation } == ["signalfd", "signalfd"])
      #expect(blockedSignals() == mask)
    }
  }
}
