// swift-tools-version: 6.2
import PackageDescription

// Whole programs on the public API only. What a program is made of stands in a library beside its
// `main.swift`, so that tests can reach it.

let coreShift = Target.Dependency.product(name: "CoreShift", package: "drift")
let drift = Target.Dependency.product(name: "Drift", package: "drift")
let driftTesting = Target.Dependency.product(name: "DriftTesting", package: "drift")
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "Examples",
  dependencies: [
    .package(name: "drift", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .executableTarget(
      name: "spawn-and-drain", dependencies: [coreShift], exclude: ["README.md"]),
    .executableTarget(
      name: "event-loop", dependencies: [coreShift], exclude: ["README.md"]),
    .executableTarget(
      name: "supervisor", dependencies: [coreShift], exclude: ["README.md"]),
    .executableTarget(name: "echo", dependencies: [drift], exclude: ["README.md"]),
    .executableTarget(name: "graceful", dependencies: [drift], exclude: ["README.md"]),
    .executableTarget(name: "number-lines", dependencies: [drift], exclude: ["README.md"]),

    .target(name: "KeyValueServer", dependencies: [drift], swiftSettings: swiftSettings),
    .executableTarget(
      name: "keyvalue", dependencies: ["KeyValueServer", drift, argumentParser],
      exclude: ["README.md"], swiftSettings: swiftSettings),
    .testTarget(
      name: "KeyValueServerTests", dependencies: ["KeyValueServer", drift, driftTesting],
      swiftSettings: swiftSettings),

    .target(name: "SocksServer", dependencies: [drift], swiftSettings: swiftSettings),
    .executableTarget(
      name: "socks5", dependencies: ["SocksServer", drift, argumentParser],
      exclude: ["README.md"], swiftSettings: swiftSettings),
    .testTarget(
      name: "SocksServerTests", dependencies: ["SocksServer", drift],
      swiftSettings: swiftSettings),

    .target(name: "StepRunner", dependencies: [drift], swiftSettings: swiftSettings),
    .executableTarget(
      name: "runner", dependencies: ["StepRunner", drift, argumentParser],
      exclude: ["README.md"], swiftSettings: swiftSettings),
    .testTarget(
      name: "StepRunnerTests", dependencies: ["StepRunner", drift], swiftSettings: swiftSettings),

    .target(name: "FileFollower", dependencies: [drift], swiftSettings: swiftSettings),
    .executableTarget(
      name: "tailf", dependencies: ["FileFollower", drift, argumentParser],
      exclude: ["README.md"], swiftSettings: swiftSettings),
    .testTarget(
      name: "FileFollowerTests", dependencies: ["FileFollower", drift],
      swiftSettings: swiftSettings),

    // The built programs, driven by real clients.
    .target(
      name: "BuiltExamples", dependencies: [drift], path: "Tests/BuiltExamples",
      swiftSettings: swiftSettings),
    .testTarget(
      name: "ExampleTests",
      dependencies: [
        "BuiltExamples", drift, "echo", "keyvalue", "number-lines", "runner", "socks5",
        "spawn-and-drain", "supervisor", "tailf",
      ],
      swiftSettings: swiftSettings),
  ],
  swiftLanguageModes: [.v6]
)
