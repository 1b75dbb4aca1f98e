import CoreShift
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
      var reactor = try Reactor()
      let sleeper = try way.options(["/bin/sleep", "30"]).spawn()
      let token = try reactor.register(event)
      // The listener of the connection is closed again; the reactor's own is one more.
      #expect(try DescriptorCensus().count == before + 14)
      // The fourth is what `ls` itself reads.
      #expect(try capture(["/bin/ls", "-1", "/proc/self/fd"], way).output == "0\n1\n2\n3\n")
      try reactor.unregister(token)
      #expect(sleeper.process.exit == nil)
      #expect(try copy.execMode == .closed && timer.descriptor.execMode == .closed)
      #expect(try signals.descriptor.execMode == .closed && watches.descriptor.execMode == .closed)
      #expect(try file.execMode == .closed && directory.execMode == .closed)
      #expect(try terminal.execMode == .closed && connection.client.execMode == .closed)
    }
  }
}
