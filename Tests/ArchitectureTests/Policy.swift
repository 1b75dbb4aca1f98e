// Policy; do not widen it to make a build pass.
//
// Everything that these tests allow or forbid is stated in this file. There is no list of
// exceptions: a file that breaks a rule is changed, or the rule is, with a decision in
// `Documentation/Decisions/` that says why.

/// What the source tree must look like.
enum Policy {
  /// The modules that each target may import, and so the arrows between the layers.
  ///
  /// Modules of the standard library that bring no outside code with them are in
  /// ``everywhere``. A target that is missing here may import nothing else.
  static let imports: [String: Set<String>] = [
    "CoreShift": ["CCoreShift", "Glibc", "Musl"],
    "GreenThreads": ["CGreenThreads"],
    "Drift": ["CoreShift", "GreenThreads"],
    "DriftAsync": ["Drift"],
    "DriftTesting": ["Drift"],
    "DriftTool": ["Drift", "ArgumentParser", "Foundation", "FoundationEssentials"],
  ]

  /// Modules that any target may import.
  static let everywhere: Set<String> = ["Swift", "Synchronization"]

  /// The folders to which the import of a module is confined.
  static let fences: [String: [String]] = [
    "CCoreShift": ["Sources/CoreShift/System/", "Sources/CoreShift/Spawn/"],
    "CGreenThreads": ["Sources/GreenThreads/Threads/"],
    "Glibc": ["Sources/CoreShift/System/"],
    "Musl": ["Sources/CoreShift/System/"],
  ]

  /// The modules that the tests of a pillar must not import: a pillar stands, and is tested,
  /// without the other one and without the lintel.
  static let strangers: [String: Set<String>] = [
    "CoreShiftTests": ["GreenThreads", "CGreenThreads", "Drift"],
    "GreenThreadsTests": ["CoreShift", "CCoreShift", "Drift"],
  ]

  /// The documentation catalogues whose code blocks stand in a folder that a build compiles.
  static let checkedCatalogues: Set<String> = [
    "Sources/CoreShift/CoreShift.docc", "Sources/GreenThreads/GreenThreads.docc",
    "Sources/Drift/Drift.docc", "Sources/DriftAsync/DriftAsync.docc",
    "Sources/DriftTesting/DriftTesting.docc",
  ]

  /// Where what an article shows is compiled.
  static let shownCode: Set<String> = ["Snippets", "Examples"]

  /// The article with a row for each error of CoreShift.
  static let errorTable = "Sources/CoreShift/CoreShift.docc/Errors.md"

  /// The article that names each error type of Drift, and of what it re-exports.
  static let errorArticle = "Sources/Drift/Drift.docc/DriftErrors.md"

  /// The files of Drift that park by themselves, with what they wait for: decision 0027.
  static let parkingFiles = [
    "Sources/Drift/Runtime/Descriptor.swift": "a descriptor: what parkRead and parkWrite are",
    "Sources/Drift/Processes/ExitWatch.swift": "the end of a process, of which many may be told",
    "Sources/Drift/Processes/Attendance+Reading.swift": "several pipes and ends at once",
    "Sources/Drift/Signals/SignalStream.swift": "a signal, which several streams share",
    "Sources/Drift/Offload/BlockingPool.swift": "work on another OS thread",
    "Sources/Drift/Streams/MemoryPipe.swift": "bytes in memory",
    "Sources/Drift/Sockets/GrowingPause+Park.swift": "a pause that a stop cuts short",
  ]

  /// The only target that re-exports modules, and that from a single file.
  static let reexporter = "Drift"

  /// The modules that one `import Drift` brings: they share no public type name.
  static let sharedNamespace = ["CoreShift", "GreenThreads", "Drift"]

  /// The length of a file, in lines, by its top folder.
  static let fileLimits = [
    "Sources": 300, "Tests": 500, "Benchmarks": 500, "Examples": 500, "Fuzzing": 300,
  ]

  /// The length of a function, in lines, from its declaration to its closing brace.
  static let functionLimit = 60

  /// The length of a line, in characters.
  static let lineLimit = 100

  /// Words that say nothing about what a type or a file is for, and so do not end its name.
  static let emptyWords = [
    "Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Utilities", "Common", "Misc",
    "Base", "Impl", "Info", "Data", "Handler", "Wrapper", "Engine",
  ]

  /// Marks of unfinished work.
  static let unfinished = ["TODO", "FIXME", "XXX", "HACK"]

  /// How many unsafe expressions a file may have without one `SAFETY:` comment.
  ///
  /// A call that passes the address of a local variable speaks for itself; a file that handles
  /// pointers does not.
  static let plainUnsafeLimit = 4

  /// The targets in which nothing is `unsafe`.
  static let memorySafeTargets = ["DriftTool"]

  /// The test folders that mirror no target: these tests, what all tests share, whole-system
  /// stress, and the C program that tests the switch alone.
  static let freeTestFolders: Set<String> = [
    "ArchitectureTests", "TestSupport", "StressTests", "Switch",
  ]
}
