// swift-tools-version: 6.0
// The Swift package over the bindings. SluicegateFFI and SluicegateBindings are links into ../bindings/swift,
// as a target may not lie outside the package; `cargo xtask test swift` gives the linker the library's folder.

import PackageDescription

let package = Package(
    name: "Sluicegate",
    platforms: [.iOS(.v14), .macOS(.v11)],
    products: [.library(name: "Sluicegate", targets: ["Sluicegate"])],
    targets: [
        .systemLibrary(name: "SluicegateFFI"),
        .target(
            name: "SluicegateBindings",
            dependencies: ["SluicegateFFI"],
            linkerSettings: [.linkedLibrary("sluicegate")]
        ),
        .target(name: "Sluicegate", dependencies: ["SluicegateBindings"]),
        .testTarget(name: "SluicegateTests", dependencies: ["Sluicegate", "SluicegateBindings"]),
    ],
    swiftLanguageModes: [.v6]
)
