// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who depends on drift builds benchmarks.
let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "drift", path: "..")],
  targets: [
    .executableTarget(
      name: "drift-bench",
      dependencies: [
        .product(name: "Drift", package: "drift"),
        .product(name: "DriftAsync", package: "drift"),
        .product(name: "GreenThreads", package: "drift"),
        .product(name: "CoreShift", package: "drift"),
      ],
      path: "Sources/drift-bench")
  ],
  swiftLanguageModes: [.v6]
)
