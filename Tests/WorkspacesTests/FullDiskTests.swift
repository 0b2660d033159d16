import AgentOSCore
import FoundationEssentials
import Glibc
import ObjectStore
import TestSupport
import Testing

@testable import Workspaces

@Suite("A disk that takes no more", .serialized) struct FullDiskTests {
    /// Runs a body while no file may grow over 4 KiB, as on a disk that is full.
    private static func whileFull(_ body: () throws -> Void) rethrows {
        signal(SIGXFSZ, SIG_IGN)
        var before = rlimit()
        getrlimit(__rlimit_resource_t(1), &before)
        var small = rlimit(rlim_cur: 4096, rlim_max: before.rlim_max)
        setrlimit(__rlimit_resource_t(1), &small)
        defer { setrlimit(__rlimit_resource_t(1), &before) }
        try body()
    }

    private static func objects(_ scene: Scene) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: scene.store.folder).filter {
            !$0.hasSuffix("tmp")
        }.sorted()
    }

    @Test("an object and a snapshot are whole or not there, and go on when there is space") func snapshot()
        async
    {
        await #expect(processExitsWith: .success) {
            let scene = try Scene()
            let big = String(repeating: "x", count: 100_000)
            try scene.write(["a": "1"])
            let workspace = try await scene.copy()
            try scene.write(["big": big, "small": "s"], in: "workspace")
            let before = try Self.objects(scene)
            Self.whileFull {
                let put = #expect(throws: Fault.self) { try scene.store.put(Array(big.utf8)) }
                #expect(put?.description.contains("\n") == false && put?.hint != nil)
                let taken = #expect(throws: Fault.self) { try workspace.snapshot() }
                #expect(taken?.description.contains("\n") == false)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: scene.store.folder + "/tmp").isEmpty)
            #expect(
                try Self.objects(scene).filter { !$0.contains("/") }.count
                    >= before.filter { !$0.contains("/") }.count)
            #expect(try Self.objects(scene).filter { $0.contains("/") } == before.filter { $0.contains("/") })
            let tree = try workspace.snapshot().tree
            #expect(try scene.store.entries(of: tree).map(\.path) == ["a", "big", "small"])
        }
    }

    @Test("a delivery into the files writes nothing when one of them does not fit") func delivery() async {
        await #expect(processExitsWith: .success) {
            let scene = try Scene()
            try scene.write(["a": "1", "gone": "1"])
            let workspace = try await scene.copy()
            let big = String(repeating: "x", count: 100_000)
            try scene.write(["a": "2", "b/big": big], in: "workspace")
            unlink(scene.root + "/gone")
            let tree = try workspace.snapshot().tree
            let plan = try await scene.delivery(workspace).plan(scene.request(tree, .here))
            let before = try scene.listing(scene.source)
            try Self.whileFull {
                let folder = try SourceFolder(scene.source, store: scene.store)
                #expect(throws: Fault.self) {
                    try folder.exchange(plan.paths, from: plan.before, to: plan.after)
                }
            }
            #expect(try scene.listing(scene.source) == before)
            _ = try await scene.delivery(workspace).perform(plan)
            #expect(try scene.read("b/big") == big)
        }
    }
}
