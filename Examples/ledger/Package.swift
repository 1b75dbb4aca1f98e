// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who builds the other examples builds a database.
let package = Package(
  name: "ledger",
  dependencies: [
    .package(name: "drift", path: "../.."),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .executableTarget(
      name: "ledger",
      dependencies: [
        .product(name: "Drift", package: "drift"),
        .product(name: "DriftAsync", package: "drift"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .testTarget(
      name: "LedgerTests",
      dependencies: ["ledger", .product(name: "Drift", package: "drift")]),
  ],
  swiftLanguageModes: [.v6]
)
