import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct TemporaryTests {
  @Test func `a temporary file is private, and goes with its body`() throws {
    try onDisk { path throws in
      let name = try withTemporaryFile(in: path) { file, name in
        try file.write("x")
        #expect(try permissions(of: name) == 0o600)
        return name
      }
      #expect(try !File.exists(name))
      #expect(try names(in: path) == [])
    }
  }

  @Test func `a temporary directory goes with all in it, also when its body fails`() throws {
    try onDisk { path throws in
      let error = errorThrown {
        try withTemporaryDirectory(in: path) { name in
          #expect(try permissions(of: name) == 0o700)
          try Directory.create(name.appending("a/b/c"), .made)
          try File.replace(name.appending("a/b/file"), with: [1])
          throw Broken(number: 2)
        }
      }
      #expect(error as? Broken == Broken(number: 2))
      #expect(try names(in: path) == [])
    }
  }

  @Test func `both go when their scope is cancelled`() throws {
    try onDisk { path throws in
      let error = errorThrown {
        try withTimeout(.milliseconds(30)) {
          try withTemporaryDirectory(in: path) { name in
            try withTemporaryFile(in: name) { _, _ in
              try GreenThread.sleep(for: .seconds(60))
            }
          }
        }
      }
      #expect(error is DeadlineExceeded)
      #expect(try names(in: path) == [])
    }
  }

  @Test func `a file that its body has moved away stays`() throws {
    try onDisk { path throws in
      try withTemporaryFile(in: path) { _, name in
        try File.rename(name, to: path.appending("kept"))
      }
      #expect(try names(in: path) == ["kept"])
    }
  }
}
