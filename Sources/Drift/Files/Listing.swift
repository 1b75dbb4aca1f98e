internal import CoreShift
internal import Synchronization

/// A directory's names, and the directory itself, which is open from when something in it is to be
/// opened.
///
/// Most have been read ahead, and nothing in them is to be opened yet, or ever. Open, they would
/// take a descriptor for each directory beside the whole way down.
final class Listing: Sendable {
  let entries: [DirectoryEntry]
  private let directory: Mutex<Place>

  private enum Place {
    case open(OpenDirectory)
    case named(RawString, in: Listing)
  }

  /// Reads the directory that a walk begins at; blocks.
  init(root path: RawString) throws(CoreError) {
    let opened = OpenDirectory(try DirectoryDescriptor(opening: path))
    entries = try opened.descriptor.unreadEntries()
    directory = Mutex(.open(opened))
  }

  /// Reads a directory in another; blocks.
  init(of name: RawString, in parent: Listing) throws(CoreError) {
    entries = try parent.opened().open(name).descriptor.unreadEntries()
    directory = Mutex(.named(name, in: parent))
  }

  /// The directory; blocks where it must be opened.
  private func opened() throws(CoreError) -> OpenDirectory {
    try directory.withLock { place throws(CoreError) in
      switch place {
      case .open(let opened): return opened
      case .named(let name, let parent):
        let opened = try parent.opened().open(name)
        place = .open(opened)
        return opened
      }
    }
  }
}

/// An open directory that several workers may use.
private final class OpenDirectory: Sendable {
  let descriptor: DirectoryDescriptor

  init(_ descriptor: consuming DirectoryDescriptor) {
    self.descriptor = descriptor
  }

  /// Opens a directory in it, and follows no link.
  func open(_ name: RawString) throws(CoreError) -> OpenDirectory {
    OpenDirectory(try descriptor.openDirectory(name, links: .notFollowed))
  }
}
