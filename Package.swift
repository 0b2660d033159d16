// swift-tools-version: 6.2
import PackageDescription

/// The products of other packages, by the names that the table below uses.
let products: [String: String] = [
    "GRDB": "GRDB.swift", "GRDBSQLite": "GRDB.swift", "ArgumentParser": "swift-argument-parser",
    "Yams": "Yams", "Crypto": "swift-crypto",
    "NIOCore": "swift-nio", "NIOPosix": "swift-nio", "Logging": "swift-log",
    "Subprocess": "swift-subprocess",
]

// The house: one line a target, arrows only downwards (docs/ARCHITECTURE.md).
let targets: [Target] = [
    // words
    module("AgentOSCore", []),
    module("Documents", ["AgentOSCore", "Yams"]),
    // C
    cmodule("CNcurses", links: ["ncursesw", "tinfo"]),
    cmodule("CSandbox"),
    cmodule("CPty", links: ["util"]),
    system("CCurl"),
    // wire and data
    module("HTTPTransport", ["AgentOSCore", "CCurl"]),
    module("EventLog", ["AgentOSCore", "GRDB", "GRDBSQLite", "Crypto"]),
    module("ObjectStore", ["AgentOSCore", "Crypto"]),
    module("Secrets", ["AgentOSCore", "Crypto"]),
    // integration
    module("Ledger", ["AgentOSCore", "EventLog"]),
    module("Workspaces", ["AgentOSCore", "ObjectStore", "Subprocess"]),
    module("Tools", ["AgentOSCore", "CSandbox"]),
    module("ModelRouter", ["AgentOSCore", "HTTPTransport"]),
    // engine and host
    module(
        "Pulse",
        [
            "AgentOSCore", "EventLog", "ObjectStore", "Ledger", "Workspaces", "Tools", "ModelRouter",
            "Documents",
        ]),
    module(
        "EngineHost",
        [
            "AgentOSCore", "EventLog", "ObjectStore", "Ledger", "Workspaces", "Tools", "ModelRouter",
            "Documents", "Pulse", "Logging",
        ]),
    // screen
    module("Terminal", ["AgentOSCore"]),
    module("CursesTerminal", ["AgentOSCore", "Terminal", "CNcurses"]),
    module("Console", ["AgentOSCore", "Terminal"]),
    // door
    module("HostWire", ["AgentOSCore", "NIOCore", "NIOPosix"]),
    executable(
        "agentos",
        [
            "AgentOSCore", "Documents", "HTTPTransport", "EventLog", "ObjectStore", "Ledger", "Workspaces",
            "Tools", "ModelRouter", "Pulse", "EngineHost", "Terminal", "CursesTerminal", "Console",
            "HostWire", "Secrets", "CSandbox", "CNcurses", "ArgumentParser", "Logging",
        ]),
    // what is measured: `make bench`
    executable(
        "AgentOSBench",
        [
            "AgentOSCore", "EventLog", "ObjectStore", "Workspaces", "HTTPTransport", "ModelRouter", "CCurl",
            "ArgumentParser", "GRDBSQLite",
        ],
        path: "Benchmarks/AgentOSBench"),
    // tests
    module("TestSupport", ["AgentOSCore", "CPty", "Terminal"], path: "Tests/TestSupport"),
    tests("AgentOSCoreTests", ["AgentOSCore", "TestSupport"]),
    tests("DocumentsTests", ["Documents", "TestSupport"]),
    tests("HTTPTransportTests", ["HTTPTransport", "TestSupport"]),
    tests("EventLogTests", ["EventLog", "TestSupport"]),
    tests("ObjectStoreTests", ["ObjectStore", "TestSupport"]),
    tests("SecretsTests", ["Secrets", "TestSupport"]),
    tests("LedgerTests", ["Ledger", "EventLog", "TestSupport"]),
    tests("WorkspacesTests", ["Workspaces", "ObjectStore", "TestSupport"]),
    tests("ToolsTests", ["Tools", "TestSupport"]),
    tests("ModelRouterTests", ["ModelRouter", "TestSupport"]),
    tests("PulseTests", ["Pulse", "TestSupport"]),
    tests("EngineHostTests", ["EngineHost", "Tools", "TestSupport"]),
    tests("TerminalTests", ["Terminal", "TestSupport"]),
    tests("CursesTerminalTests", ["CursesTerminal", "TestSupport"]),
    tests("ConsoleTests", ["Console", "Terminal", "Pulse", "TestSupport"], exclude: ["Goldens"]),
    tests("HostWireTests", ["HostWire", "TestSupport"]),
    tests("ProgramTests", ["agentos", "Console", "Documents", "Ledger", "Terminal", "TestSupport"], exclude: ["Goldens"]),
]

let package = Package(
    name: "agentos",
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),  // GRDB GRDBSQLite
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),  // ArgumentParser
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),  // Yams
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),  // Crypto
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),  // NIOCore NIOPosix
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),  // Logging
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),  // Subprocess
    ],
    targets: targets
)

func dependency(_ name: String) -> Target.Dependency {
    products[name].map { .product(name: name, package: $0) } ?? .target(name: name)
}

/// Every warning in our own code is an error.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error), .swiftLanguageMode(.v6)]

func module(_ name: String, _ needs: [String], path: String? = nil) -> Target {
    .target(name: name, dependencies: needs.map(dependency), path: path, swiftSettings: strict)
}

func executable(_ name: String, _ needs: [String], path: String? = nil) -> Target {
    .executableTarget(name: name, dependencies: needs.map(dependency), path: path, swiftSettings: strict)
}

func tests(_ name: String, _ needs: [String], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: needs.map(dependency), exclude: exclude, swiftSettings: strict)
}

func cmodule(_ name: String, links: [String] = []) -> Target {
    .target(
        name: name,
        cSettings: [
            .define("_GNU_SOURCE"), .define("_XOPEN_SOURCE_EXTENDED", to: "1"),
            .define("NCURSES_WIDECHAR", to: "1"), .unsafeFlags(["-Wall", "-Wextra", "-Werror"]),
        ],
        linkerSettings: links.map { .linkedLibrary($0) })
}

func system(_ name: String) -> Target { .systemLibrary(name: name) }
