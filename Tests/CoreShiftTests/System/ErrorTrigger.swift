import CoreShift
import Glibc
import TestSupport
import Testing

/// Conditions that a call or two bring about, each with the error of one row of the table.
///
/// On an OS thread with its own table of descriptors, since some close numbers behind an owner's
/// back.
enum ErrorTrigger {
  static var all: [() throws -> Void] {
    descriptors + files + counters + reactor + spawn + steps + processes + sockets + unixSockets
      + watches + policies
  }

  /// A number that is open on nothing.
  private static let closed: Int32 = 900

  /// Lends a number that is open on nothing as if somebody owned it.
  static func withClosed(_ body: (borrowing Fd) throws -> Void) throws {
    let descriptor = try Fd(adopting: closed)
    do {
      try body(descriptor)
    } catch {
      _ = descriptor.release()
      throw error
    }
    _ = descriptor.release()
  }

  private static var descriptors: [() throws -> Void] {
    [
      { _ = try Fd(adopting: -1) },
      { _ = try Fd(opening: "/nonexistent", for: .reading) },
      { _ = try Fd(opening: "/dev/null/x", for: .reading) },
      { _ = try Fd(opening: "/", for: .writing) },
      { _ = try Fd(opening: "/dev/null", for: .writing, .createNew) },
      { _ = try Fd(opening: "/dev\0/null", for: .reading) },
      { _ = try Fd(opening: "/dev/null", for: .reading, .truncate) },
      {
        let pair = try UnixSocket.makePair()
        _ = try Fd(reopening: pair.first.rawValue, for: .reading)
      },
      { _ = try Fd(reopening: closed, for: .reading) },
      {
        var one: [UInt8] = [0]; _ = try Pipe().writeEnd.read(into: &one)
      },
      {
        var one: [UInt8] = [0]; _ = try Fd(opening: "/", for: .reading).read(into: &one)
      },
      { try unsafe withRoom { unsafe try Pipe().writeEnd.read(scatteringInto: [$0]) } },
      { try unsafe withRoom { unsafe try Pipe().readEnd.read(into: $0, at: 0) } },
      {
        try unsafe withRoom { unsafe try Pipe().writeEnd.write(UnsafeRawBufferPointer($0), at: 0) }
      },
      { _ = try Pipe().readEnd.write([1]) },
      {
        let pipe = try Pipe(); try pipe.readEnd.close(); _ = try pipe.writeEnd.write([1])
      },
      {
        let pipe = try Pipe()
        try pipe.readEnd.close()
        let one: [UInt8] = [1]
        _ = try unsafe pipe.writeEnd.write(one.span.bytes, then: one.span.bytes)
      },
      { _ = try Fd(opening: "/dev/full", for: .writing).write([1]) },
      {
        var one: [UInt8] = [0], count = 2;
        _ = try Pipe().readEnd.readFull(into: &one, moved: &count)
      },
      {
        var count = -1; _ = try Pipe().writeEnd.writeAll([1], moved: &count)
      },
      { try Pipe().readEnd.seek(to: 0) },
      { try Fd(adopting: closed).close() },
      { try withClosed { _ = try $0.blockingMode } },
      { try withClosed { _ = try $0.duplicate() } },
      { try Pipe().readEnd.duplicate(onto: .max, .closed) },
      { _ = try Fd.kind(of: closed) },
    ]
  }

  static func withRoom<Result>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) throws {
    var room: [UInt8] = [0]
    _ = try unsafe room.withUnsafeMutableBytes { unsafe try body($0) }
  }

  private static var counters: [() throws -> Void] {
    [
      { try EventDescriptor().add(.max) },
      {
        let event = try EventDescriptor()
        let pipe = try Pipe()
        try pipe.readEnd.duplicate(onto: event.descriptor.rawValue, .closed)
        _ = try pipe.writeEnd.write([1, 2, 3])
        _ = try event.take()
      },
      {
        let timer = try TimerDescriptor()
        let number = timer.descriptor.rawValue
        close(number)
        // The number is given back before its owner closes it.
        defer { dup2(2, number) }
        try timer.arm(after: .seconds(1))
      },
      { _ = try SignalDescriptor([.kill]) },
    ]
  }

  private static var reactor: [() throws -> Void] {
    [
      {
        var failure: CoreError?
        var reactor = try Reactor()
        Fault.inject(.outOfMemory, atCall: 1) {
          failure = waitFailure(&reactor, upTo: 4096)
        }
        if let failure { throw failure }
      },
      {
        var reactor = try Reactor()
        let pipe = try Pipe()
        _ = try reactor.register(pipe.readEnd, for: .reading)
        _ = try reactor.register(pipe.readEnd, for: .reading)
      },
      {
        var reactor = try Reactor()
        _ = try reactor.register(
          Fd(opening: "/", for: .reading, .nonBlocking), for: .reading, blocking: .allowed)
      },
      {
        var reactor = try Reactor()
        _ = try reactor.register(rawDescriptor: closed, rawFlags: EpollFlags.readable)
      },
      {
        var reactor = try Reactor()
        _ = try reactor.register(Pipe(readEnd: .blocking).readEnd, for: .reading)
      },
      {
        var reactor = try Reactor(); try reactor.modify(Token(rawValue: 9), to: .reading)
      },
      {
        var reactor = try Reactor()
        let pipe = try Pipe()
        let token = try reactor.register(
          rawDescriptor: pipe.readEnd.rawValue, rawFlags: EpollFlags.readable | EpollFlags.exclusive
        )
        try reactor.modify(token, to: .reading)
      },
      {
        var reactor = try Reactor(); try reactor.unregister(Token(rawValue: 9))
      },
      {
        var reactor = try Reactor()
        let token = try reactor.register(Pipe().readEnd, for: .reading)
        try reactor.unregister(token)
      },
      {
        var reactor = try Reactor(); if let error = waitFailure(&reactor, upTo: -1) { throw error }
      },
    ]
  }

  private static func waitFailure(_ reactor: inout Reactor, upTo limit: Int) -> CoreError? {
    var events: [Event] = []
    do throws(CoreError) {
      _ = try reactor.wait(into: &events, upTo: limit, for: .zero)
      return nil
    } catch {
      return error
    }
  }
}

extension ErrorTrigger {
  private static func spawning(
    _ backend: SpawnBackend = .clone, _ change: @escaping (inout SpawnOptions) -> Void
  ) -> () throws -> Void {
    {
      var options = SpawnOptions(["/bin/true"], backend: backend)
      change(&options)
      _ = try options.spawn()
    }
  }

  private static var spawn: [() throws -> Void] {
    [
      spawning { $0.arguments = [] },
      spawning { $0.executable = "\0" },
      spawning { $0.environment = .replace(["=1"]) },
      spawning { $0.workingDirectory = "\0" },
      spawning { $0.workingDirectoryDescriptor = -1 },
      spawning { $0.standardInput = .standardOutput },
      spawning { $0.standardOutput = .descriptor(-1) },
      spawning { $0.standardError = .descriptor(-1) },
      spawning { $0.descriptors = [DescriptorMapping(from: 0, to: -1)] },
      spawning { $0.closePolicy = .from(-1) },
      spawning { $0.processGroup = .join(0) },
      spawning { $0.controllingTerminal = 0 },
      spawning { $0.identity = SpawnOptions.Identity(user: .max, group: nil) },
      spawning { $0.resourceLimits = [ResourceLimit(.init(rawValue: 99), soft: 0)] },
      spawning { $0.fileMask = 0o1000 },
      spawning { $0.niceness = 20 },
      spawning { $0.parentDeathSignal = Signal(rawValue: 0) },
      spawning { $0.controlGroup = -1 },
      spawning(.posixSpawn) { $0.forbidsNewPrivileges = true },
    ]
  }

  private static var steps: [() throws -> Void] {
    [
      {
        // A thread that may not make a process stands for a user who has too many.
        var failure: (any Error)?
        try withRefusedCalls([RefusedCall(.clone3, with: EAGAIN)]) {
          failure = errorThrown(by: spawning { _ in })
        }
        if let failure { throw failure }
      },
      spawning { $0.controlGroup = 900 },
      spawning { $0.processGroup = .join(1) },
      spawning { $0.descriptors = [DescriptorMapping(from: 900, to: 5)] },
      spawning { $0.descriptors = [DescriptorMapping(from: 2, to: .max)] },
      spawning {
        $0.session = .own
        $0.standardInput = .null
        $0.controllingTerminal = 0
      },
      spawning { $0.workingDirectoryDescriptor = 900 },
      {
        let file = try Fd(opening: "/dev/null", for: .reading)
        try spawning { $0.workingDirectoryDescriptor = file.rawValue }()
      },
      spawning { $0.workingDirectory = "/nonexistent" },
      spawning { $0.executable = "/nonexistent" },
      spawning { $0.executable = "/etc/passwd" },
      {
        let script = try TemporaryFile(contents: "echo", mode: 0o755)
        try spawning { $0.executable = RawString(script.path) }()
      },
      spawning { $0.arguments.append(RawString(String(repeating: "x", count: 1 << 20))) },
      spawning(.posixSpawn) { $0.executable = "/nonexistent" },
    ]
  }

  private static var processes: [() throws -> Void] {
    [
      { try sleeper().process.send(Signal(rawValue: 99)) },
      { try sleeper().process.send(.kill, to: .group) },
      {
        var spawned = try sleeper()
        let number = spawned.process.descriptor.rawValue
        let pidfd = fcntl(number, F_DUPFD_CLOEXEC, 10)
        close(number)
        defer {
          dup2(pidfd, number)
          close(pidfd)
        }
        _ = try spawned.process.pollExit()
      },
      {
        var failure: (any Error)?
        try withRefusedCalls([RefusedCall(.ppoll, with: ENOMEM)]) {
          var spawned = try sleeper()
          failure = errorThrown { _ = try spawned.process.waitExit(for: .seconds(20)) }
          // Its owner could not wait for it either.
          try spawned.process.kill()
          _ = reap(spawned.process.pid)
        }
        if let failure { throw failure }
      },
      {
        let running = try RunningProcess(
          spawning: SpawnOptions(["/bin/sleep", "60"], backend: .clone))
        _ = try running.terminalSize()
      },
    ]
  }

  private static func sleeper() throws -> SpawnedProcess {
    try SpawnOptions(["/bin/sleep", "60"], backend: .clone).spawn()
  }
}
