// swift-tools-version: 6.2
import PackageDescription

// Whole programs on the public API only.
let package = Package(
  name: "Examples",
  dependencies: [.package(name: "drift", path: "..")],
  targets: [
    .executableTarget(
      name: "spawn-and-drain", dependencies: [.product(name: "CoreShift", package: "drift")]),
    .executableTarget(
      name: "event-loop", dependencies: [.product(name: "CoreShift", package: "drift")]),
    .executableTarget(
      name: "supervisor", dependencies: [.product(name: "CoreShift", package: "drift")]),
    .executableTarget(name: "graceful", dependencies: [.product(name: "Drift", package: "drift")]),
    .executableTarget(name: "echo", dependencies: [.product(name: "Drift", package: "drift")]),
    .executableTarget(
      name: "number-lines", dependencies: [.product(name: "Drift", package: "drift")]),
  ],
  swiftLanguageModes: [.v6]
)
