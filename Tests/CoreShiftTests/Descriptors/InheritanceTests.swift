import CoreShift
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

@Suite struct InheritanceTests {
  @Test(arguments: SpawnWay.all)
  func `a program that is started sees nothing but its standard streams`(way: SpawnWay) throws {
    try withOwnDescriptors {
      let before = try DescriptorCensus().count
      let pipe = try Pipe()
      let copy = try pipe.readEnd.duplicate()
      let event = try EventDescriptor()
      let timer = try TimerDescriptor()
      let signals = try SignalDescriptor([.user1])
      let file = try Fd(opening: "/etc/passwd", for: .reading)
      let directory = try Fd(opening: "/", for: .reading)
      let terminal = try Fd(opening: "/dev/ptmx", for: .both, .nonBlocking)
      let connection = try Connection()
      let watches = try Watches()
      let datagrams = try DatagramSocket.open(.v6)
      let pair = try UnixSocket.makePair()
      let interrupter = try Interrupter()
      let folder = try DirectoryDescriptor(opening: "/")
      let opened = try folder.open("etc/passwd", for: .reading)
      var reactor = try Reactor()
      var sleeping = way.options(["/bin/sleep", "30"])
      let hasTerminal = way.backend != .posixSpawn
      if hasTerminal { sleeping.standardOutput = .terminal }
      let sleeper = try sleeping.spawn()
      let token = try reactor.register(event)
      // The listener of the connection is closed again; the reactor's own is one more.
      #expect(try DescriptorCensus().count == before + (hasTerminal ? 21 : 20))
      var list = way.options(["/bin/ls", "-1", "/proc/self/fd"])
      // Closing all the others would hide one that an exec does not close by itself.
      for policy in [SpawnOptions.ClosePolicy.everythingElse, .closeOnExecOnly] {
        list.closePolicy = policy
        // The fourth is what `ls` itself reads.
        #expect(try capture(list).output == "0\n1\n2\n3\n")
      }
      try reactor.unregister(token)
      #expect(sleeper.process.exit == nil)
      #expect(try copy.execMode == .closed && timer.descriptor.execMode == .closed)
      #expect(try signals.descriptor.execMode == .closed && watches.descriptor.execMode == .closed)
      #expect(try file.execMode == .closed && directory.execMode == .closed)
      #expect(try datagrams.execMode == .closed && pair.first.execMode == .closed)
      #expect(try opened.execMode == .closed)
      interrupter.interrupt()
      #expect(try terminal.execMode == .closed && connection.client.execMode == .closed)
    }
  }

  @Test(arguments: SpawnWay.all)
  func `what another OS thread opens meanwhile is no child's`(way: SpawnWay) throws {
    try withOwnDescriptors {
      let opener = CarelessOpener()
      let thread = HelperThread { opener.run() }
      defer {
        opener.isOver.store(true, ordering: .relaxed)
        thread.join()
      }
      // A copy of a sanitized process takes many times as long, on a busy machine too long.
      for _ in 0..<(isSanitized ? 20 : 100) {
        // Some are open whenever a child begins.
        let before = opener.count.load(ordering: .relaxed)
        while opener.count.load(ordering: .relaxed) < before + 40 { sched_yield() }
        let output = try capture(["/bin/ls", "-1", "/proc/self/fd"], way).output
        try #require(output == "0\n1\n2\n3\n")
      }
    }
  }
}

/// Opens descriptors that every child would inherit, twenty at a time, and closes them again.
private final class CarelessOpener: Sendable {
  let isOver = Atomic(false)
  /// How many it has opened.
  let count = Atomic(0)

  func run() {
    var opened: [Int32] = []
    while !isOver.load(ordering: .relaxed) {
      opened.append(unsafe open("/dev/null", O_RDONLY))
      count.add(1, ordering: .relaxed)
      if opened.count > 20 { close(opened.removeFirst()) }
    }
    for number in opened { close(number) }
  }
}
