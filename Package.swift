// swift-tools-version: 6.2
import PackageDescription

// The gate turns every warning into an error. It cannot be always on: a newer compiler's new
// warning must not break a user's build.
let strict = Context.environment["DRIFT_STRICT"] != nil

let swiftSettings: [SwiftSetting] =
  [
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + (strict ? [.treatAllWarnings(as: .error)] : [])
let cSettings: [CSetting] = strict ? [.treatAllWarnings(as: .error)] : []

let package = Package(
  name: "drift",
  products: [
    .library(name: "CoreShift", targets: ["CoreShift"]),
    .library(name: "GreenThreads", targets: ["GreenThreads"]),
    .library(name: "Drift", targets: ["Drift"]),
    .library(name: "DriftAsync", targets: ["DriftAsync"]),
    .library(name: "DriftTesting", targets: ["DriftTesting"]),
    .executable(name: "drift", targets: ["DriftTool"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // The left pillar: system calls and explicit building blocks. Knows no green thread.
    .target(name: "CCoreShift", cSettings: cSettings),
    .target(name: "CoreShift", dependencies: ["CCoreShift"], swiftSettings: swiftSettings),

    // The right pillar: the switch and the scheduler. Knows no descriptor.
    .target(name: "CGreenThreads", cSettings: cSettings),
    .target(name: "GreenThreads", dependencies: ["CGreenThreads"], swiftSettings: swiftSettings),

    // The lintel: the one place where descriptors meet green threads.
    .target(
      name: "Drift", dependencies: ["CoreShift", "GreenThreads"], swiftSettings: swiftSettings),

    // The bridge to Swift's own concurrency.
    .target(name: "DriftAsync", dependencies: ["Drift"], swiftSettings: swiftSettings),

    // For users' tests: no framework for tests is needed.
    .target(name: "DriftTesting", dependencies: ["Drift"], swiftSettings: swiftSettings),

    // The command.
    .executableTarget(
      name: "DriftTool",
      dependencies: [
        "Drift", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swiftSettings),

    // The examples that tests run, built beside them; they are products of the package in Examples.
    .executableTarget(
      name: "EventLoopExample", dependencies: ["CoreShift"], path: "Examples/Sources/event-loop",
      exclude: ["README.md"], swiftSettings: swiftSettings),
    .executableTarget(
      name: "SupervisorExample", dependencies: ["CoreShift"], path: "Examples/Sources/supervisor",
      exclude: ["README.md"], swiftSettings: swiftSettings),

    .executableTarget(
      name: "GracefulExample", dependencies: ["Drift"], path: "Examples/Sources/graceful",
      exclude: ["README.md"], swiftSettings: swiftSettings),
    // The member of a pipeline that the tests of standard input and output run.
    .executableTarget(
      name: "NumberLinesExample", dependencies: ["Drift"], path: "Examples/Sources/number-lines",
      exclude: ["README.md"], swiftSettings: swiftSettings),

    // Tests.
    .target(name: "CTestSupport", path: "Tests/TestSupport/Counting", cSettings: cSettings),
    .target(
      name: "TestSupport", dependencies: ["CTestSupport", "CoreShift", "GreenThreads"],
      path: "Tests/TestSupport", exclude: ["Counting", "Overflow"], swiftSettings: swiftSettings),
    // A program whose main thread runs green threads, and uses up its stack.
    .executableTarget(
      name: "OverflowProgram", dependencies: ["Drift"], path: "Tests/TestSupport/Overflow",
      swiftSettings: swiftSettings),
    .testTarget(name: "ArchitectureTests", swiftSettings: swiftSettings),
    .testTarget(
      name: "CoreShiftTests",
      dependencies: ["CoreShift", "TestSupport", "EventLoopExample", "SupervisorExample"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "GreenThreadsTests", dependencies: ["GreenThreads", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "DriftTests",
      dependencies: [
        "Drift", "DriftTesting", "TestSupport", "GracefulExample", "NumberLinesExample",
        "OverflowProgram",
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "DriftAsyncTests", dependencies: ["DriftAsync", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "DriftTestingTests", dependencies: ["DriftTesting", "TestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "DriftToolTests", dependencies: ["DriftTool", "Drift", "TestSupport"],
      swiftSettings: swiftSettings),
  ],
  swiftLanguageModes: [.v6]
)
