import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct FileWholeTests {
  @Test func `a file as large as the limit is read, and one byte more is too large`() throws {
    try onDisk { path throws in
      let name = path.appending("a")
      let bytes = noise(100_000, seed: 3)
      try File.replace(name, with: bytes)
      #expect(try File.read(name, limit: 100_000) == bytes)
      let error = errorThrown { _ = try File.read(name, limit: 99_999) }
      #expect(error as? LimitExceeded == LimitExceeded("bytes of a file", limit: 99_999))
      try File.replace(name, with: [])
      #expect(try File.read(name, limit: 0) == [])
      #expect(errorThrown { _ = try File.read(name, limit: -1) } is InvalidArgument)
    }
  }

  @Test func `a file that says it is empty is read nevertheless, within the limit`() throws {
    try onDrift { () throws in
      #expect(try File.readText("/proc/self/stat", limit: 4096).contains(" "))
      #expect(errorThrown { _ = try File.read("/proc/self/stat", limit: 10) } is LimitExceeded)
      #expect(errorThrown { _ = try File.read("/dev/zero", limit: 1 << 20) } is LimitExceeded)
    }
  }

  @Test func `what is not UTF-8 is told with its place, and not as another error`() throws {
    try onDisk { path throws in
      let name = path.appending("a")
      try File.replace(name, with: [0x61, 0x62, 0xFF, 0x63])
      let error = errorThrown { _ = try File.readText(name, limit: 100) }
      #expect(error as? InvalidText == InvalidText(source: name.description, offset: 2))
      let file = try File(opening: name)
      try file.seek(to: 1)
      let again = errorThrown { _ = try file.readText(limit: 100) }
      #expect((again as? InvalidText)?.offset == 2)
      #expect(try File.read(name, limit: 100) == [0x61, 0x62, 0xFF, 0x63])
    }
  }

  @Test func `reading says what is wrong`() throws {
    try onDisk { path throws in
      #expect(code { _ = try File.read(path, limit: 1) } == .isDirectory)
      #expect(code { _ = try File.read(path.appending("none"), limit: 1) } == .notFound)
    }
  }

  @Test func `a rename takes a place, or refuses to`() throws {
    try onDisk { path throws in
      let (one, two) = (path.appending("one"), path.appending("two"))
      try File.replace(one, with: [1])
      try File.replace(two, with: [2])
      #expect(code { try File.rename(one, to: two, replacing: .refused) } == .alreadyExists)
      try File.rename(one, to: two)
      #expect(try names(in: path) == ["two"])
      #expect(try File.read(two, limit: 1) == [1])
    }
  }

  @Test func `existence is asked with and without following a link`() throws {
    try onDisk { path throws in
      let link = path.appending("link")
      try makeLink(at: link, to: "nowhere")
      #expect(try File.exists(path))
      #expect(try !File.exists(link))
      #expect(try File.exists(link, links: .notFollowed))
      #expect(try !File.exists(path.appending("none/deeper")))
      try File.replace(path.appending("nowhere"), with: [1, 2])
      #expect(try File.exists(link))
      #expect(try File.status(of: link).size == 2)
      #expect(try File.status(of: link, links: .notFollowed).kind == .symbolicLink)
    }
  }
}
