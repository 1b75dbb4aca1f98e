import CoreShift
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

@Suite struct SignalDeliveryTests {
  @Test(arguments: [0, 7, Int32.max, Int32.min])
  func `what a sender has queued along arrives with the signal`(value: Int32) throws {
    try onOwnThread {
      let signal = Signal(rawValue: 41)
      let signals = try SignalDescriptor([signal])
      let symbol = unsafe dlsym(nil, "pthread_sigqueue")
      // SAFETY: the third is a union of an int and a pointer, which goes by value in a register.
      let queue = unsafe unsafeBitCast(
        symbol, to: (@convention(c) (pthread_t, Int32, Int) -> Int32).self)
      let union = Int(UInt32(bitPattern: value))
      try #require(queue(pthread_self(), signal.rawValue, union) == 0)
      try #require(queue(pthread_self(), signal.rawValue, 1) == 0)
      // In their order, and none is merged with another.
      let first = try signals.take()
      #expect(first?.value == value)
      #expect(first?.senderPid == getpid() && first?.senderUid == getuid())
      #expect(try signals.take()?.value == 1)
      #expect(try signals.take() == nil)
    }
  }

  @Test func `the end of a child comes with its number and its status`() async {
    await #expect(processExitsWith: .success) {
      let cases: [(String, CoreShift.ExitStatus)] = [
        ("exit 7", .exited(code: 7)),
        ("kill -TERM $$", .signalled(.terminate, coreDumped: false)),
      ]
      // Made once here: what Swift makes at first use must be there in the copy.
      _ = deliveryOfEnd(of: "exit 0")
      for (script, status) in cases {
        // In a copy of one thread: any other would take the signal and ignore it.
        let code = try exitCodeOfForkedCopy {
          let (delivery, pid) = deliveryOfEnd(of: script)
          guard let delivery, delivery.signal == .child else { return 1 }
          guard delivery.senderPid == pid, delivery.senderUid == getuid() else { return 2 }
          return delivery.childStatus == status && delivery.isFromKernel ? 0 : 3
        }
        #expect(code == 0, "\(script)")
      }
    }
  }

  @Test func `a child signal that somebody has sent tells of no child`() throws {
    try onOwnThread {
      let signals = try SignalDescriptor([.child])
      sendToThisThread(.child)
      let delivery = try signals.take()
      #expect(delivery?.signal == .child)
      #expect(delivery?.isFromKernel == false)
      #expect(delivery?.childStatus == nil)
      #expect(delivery?.senderPid == getpid())
    }
  }
}

/// Spawns a shell, waits for SIGCHLD through a reactor, and takes it; with the shell's number.
private func deliveryOfEnd(of script: String) -> (SignalDelivery?, Int32) {
  do {
    let signals = try SignalDescriptor([.child])
    var reactor = try Reactor()
    let token = try reactor.register(signals)
    var child = try SpawnOptions(["/bin/sh", "-c", RawString(script)], backend: .clone).spawn()
    var events: [Event] = []
    _ = try reactor.waitUninterrupted(into: &events, upTo: 4, for: .seconds(20))
    let delivery = try signals.take()
    try reactor.unregister(token)
    _ = try child.process.waitExit(for: .seconds(20))
    return (delivery, child.process.pid)
  } catch {
    return (nil, 0)
  }
}
