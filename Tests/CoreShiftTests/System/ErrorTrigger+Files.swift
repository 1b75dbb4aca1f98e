import CoreShift

extension ErrorTrigger {
  static var files: [() throws -> Void] {
    [
      { _ = try DirectoryDescriptor(opening: "/nonexistent") },
      { _ = try DirectoryDescriptor(opening: "/dev/null") },
      { _ = try DirectoryDescriptor.working.open("/proc/self/exe", for: .reading, .noFollow) },
      { _ = try DirectoryDescriptor.working.open("/dev/null", for: .reading, .truncate) },
      { _ = try DirectoryDescriptor.working.status(of: "/nonexistent") },
      { try DirectoryDescriptor.working.makeDirectory("/dev") },
      { try Pipe().readEnd.advise(.willNeed) },
      { try Fd(opening: "/", for: .reading).advise(.willNeed, from: -1) },
      { try DirectoryDescriptor.working.removeFile("/nonexistent") },
      { try withTwoNames { here in try DirectoryDescriptor.working.removeDirectory(here) } },
      {
        try withTwoNames { here in
          let directory = try DirectoryDescriptor(opening: here)
          try directory.rename("one", to: "other", in: directory, replacing: .refused)
        }
      },
      { try unsafe withRoom { unsafe try Pipe().readEnd.readCached(into: $0, at: 0) } },
      {
        try unsafe withRoom {
          unsafe try Pipe().writeEnd.writeCached(UnsafeRawBufferPointer($0), at: 0)
        }
      },
      { try Pipe().readEnd.synchronize(.all) },
      { try Fd(opening: "/dev/null", for: .reading).truncate(to: 0) },
      { try withClosed { try $0.setPermissions(0o600) } },
      { try withClosed { try $0.setOwner(user: nil, group: nil) } },
      { try withClosed { _ = try $0.tryLock(.exclusive) } },
      {
        let source = try Fd(opening: "/proc/self/exe", for: .reading)
        _ = try source.copyRange(at: 0, to: source, at: 1 << 30, count: 1)
      },
      {
        let source = try Fd(opening: "/proc/self/exe", for: .reading)
        _ = try source.copyRange(at: 0, to: source, at: 1 << 30, count: -1)
      },
      {
        let sockets = try UnixSocket.makePair()
        _ = try sockets.first.splice(to: sockets.second, upTo: 1)
      },
      {
        let sockets = try UnixSocket.makePair()
        _ = try sockets.first.sendFile(at: 0, to: sockets.second, upTo: 1)
      },
      { try withClosed { _ = try $0.isReadable } },
      { _ = try UnixSocket.makePair().first.pipeCapacity },
      { try UnixSocket.makePair().first.setPipeCapacity(4096) },
      { try Pipe().readEnd.setPipeCapacity(-1) },
      {
        let pipe = try Pipe()
        _ = try pipe.writeEnd.write([UInt8](repeating: 0, count: 5000))
        try pipe.writeEnd.setPipeCapacity(4096)
      },
    ]
  }

  /// A directory with two files in it, which goes afterwards.
  private static func withTwoNames(_ body: (RawString) throws -> Void) throws {
    let here = try TemporaryDirectory()
    let directory = try DirectoryDescriptor(opening: RawString(here.path))
    for name in ["one", "other"] as [RawString] {
      _ = try directory.open(name, for: .writing, .createNew)
    }
    try body(RawString(here.path))
  }
}
