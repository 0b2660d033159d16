import AgentOSCore
import FoundationEssentials
import Glibc
import ObjectStore
import TestSupport
import Testing

@testable import Workspaces

@Suite("Snapshots and restores", .serialized) struct SnapshotTests {
    let scene: Scene

    init() throws { scene = try Scene() }

    private func paths(_ tree: TreeID) throws -> [String] {
        try scene.store.entries(of: tree).map(\.path.description)
    }

    @Test func aSnapshotHoldsModesLinksAndEmptyFolders() async throws {
        let workspace = try await scene.create(.empty)
        try scene.write(["a.txt": "one", "bin/run": "#!/bin/sh\n"], in: "workspace")
        chmod(scene.root + "/bin/run", 0o755)
        mkdir(scene.root + "/hollow", 0o700)
        try makeLink(scene.root + "/out", to: "/etc")
        let snapshot = try workspace.snapshot()
        #expect(try paths(snapshot.tree) == ["a.txt", "bin", "bin/run", "hollow", "out"])
        #expect(try scene.store.entry(at: "bin/run", in: snapshot.tree)?.isExecutable == true)
        #expect(try scene.store.entry(at: "out", in: snapshot.tree)?.kind == .symlink)
        #expect(snapshot.files == 3)
        #expect(try workspace.snapshot().tree == snapshot.tree)
    }

    @Test func whatLiesTooDeepIsLeftOutAndRemovedWithTheRest() async throws {
        let workspace = try await scene.create(.empty)
        try scene.write(["a": "1"], in: "workspace")
        let before = try workspace.snapshot().tree
        // Deeper than the longest path that a system call takes.
        try makeDeep(scene.root, levels: 3000)
        let deep = try workspace.snapshot()
        #expect(deep.skipped.map(\.names.count) == [workspace.caps.depth + 1])
        #expect(deep.files == 1)
        try workspace.restore(try workspace.planRestore(to: before, knowing: [before, deep.tree]))
        #expect(try scene.read("a", in: "workspace") == "1")
        try workspace.remove()
        #expect(access(workspace.root, F_OK) != 0)
    }

    private func makeDeep(_ path: String, levels: Int) throws {
        var folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        for _ in 0..<levels {
            try #require(mkdirat(folder, "d", 0o755) == 0)
            let next = openat(folder, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            close(folder)
            folder = next
        }
        let file = openat(folder, "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        close(file)
        close(folder)
    }

    @Test func aPersonsRestoreKnowsNoLimitOfFiles() async throws {
        var workspace = try await scene.create(.empty)
        let before = try workspace.snapshot().tree
        try scene.write(["a": "1", "b": "2", "c": "3"], in: "workspace")
        let after = try workspace.snapshot().tree
        workspace.caps.grownFiles = 2
        #expect(throws: Fault.self) { try workspace.snapshot() }
        try workspace.restore(try workspace.planRestore(to: before, knowing: [before, after]))
        #expect(try scene.listing(workspace.root).isEmpty)
    }

    @Test("A change that keeps size and time of writing is still seen") func quickChanges() async throws {
        let workspace = try await scene.create(.empty)
        var trees: Set<TreeID> = []
        for round in 0..<20 {
            try scene.write(["same": round % 2 == 0 ? "aaaa" : "bbbb"], in: "workspace")
            trees.insert(try workspace.snapshot().tree)
        }
        #expect(trees.count == 2)
    }

    @Test func theCacheIsOnlyAHint() async throws {
        let workspace = try await scene.create(.empty)
        try scene.write(["a/b": "1", "c": "2"], in: "workspace")
        let tree = try workspace.snapshot().tree
        let cache = try #require(workspace.cache)
        let good = try Data(contentsOf: URL(filePath: cache))
        var random = Seeded(state: 5)
        for _ in 0..<60 {
            var bad = good
            bad[Int.random(in: 0..<bad.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            if Bool.random(using: &random) { bad = bad.prefix(Int.random(in: 0..<bad.count, using: &random)) }
            try bad.write(to: URL(filePath: cache))
            #expect(try workspace.snapshot().tree == tree)
        }
    }

    @Test func ignoredFilesAreLeftOutUnlessTheyWereThereOrAreIncluded() async throws {
        try scene.write(["kept.log": "old", "src/x": "1", ".env.test": "k", ".env": "secret"])
        try scene.write([".gitignore": ""])
        let workspace = try await scene.copy(include: [".env.test"])
        try scene.write(
            [
                ".gitignore": "*.log\nnode_modules/\n.env*\n!important.log\n/only-root\n", "new.log": "x",
                "important.log": "y",
                "node_modules/dep/index.js": "z", "src/only-root": "in", "only-root": "out",
            ], in: "workspace")
        let snapshot = try workspace.snapshot()
        #expect(
            try paths(snapshot.tree) == [
                ".env", ".env.test", ".gitignore", "important.log", "kept.log", "src", "src/only-root",
                "src/x",
            ])
        #expect(snapshot.ignored == 3)
    }

    @Test func filesOverTheCapAreNamedAndNotKept() async throws {
        var policy = scene.policy
        policy.caps.fileBytes = 10
        let workspace = try await Workspace.create(
            .empty, at: scene.root, store: scene.store, cache: nil, policy: policy)
        try scene.write(["big": "0123456789abc", "small": "1"], in: "workspace")
        let snapshot = try workspace.snapshot()
        #expect(snapshot.oversize == ["big"])
        let entry = try #require(try scene.store.entry(at: "big", in: snapshot.tree))
        #expect(entry.kind == .oversize && !scene.store.contains(entry.digest))
        try scene.write(["big": "changed0123456789"], in: "workspace")
        let plan = try workspace.planRestore(to: snapshot.tree, knowing: [])
        #expect(plan.unrestorable == ["big"] && plan.isEmpty)
    }

    @Test func pipesAreSkippedAndDoNotBlock() async throws {
        let workspace = try await scene.create(.empty)
        mkfifo(scene.root + "/pipe", 0o600)
        #expect(try workspace.snapshot().skipped == ["pipe"])
    }

    @Test("Names that are not UTF-8, or differ only in normalisation, stay apart") func oddNames()
        async throws
    {
        let workspace = try await scene.create(.empty)
        let handle = try FolderHandle(path: scene.root)
        let names: [[UInt8]] = [
            [0xFF, 0x41], Array("\u{e9}".utf8), Array("e\u{301}".utf8), Array("a\nb".utf8),
        ]
        for (index, name) in names.enumerated() { try handle.createFile(name, [UInt8(index)], mode: 0o644) }
        let tree = try workspace.snapshot().tree
        let before = try scene.listing(scene.root)
        #expect(before.count >= 3)
        for name in names { try handle.remove(name) }
        try workspace.restore(workspace.planRestore(to: tree, knowing: [tree]))
        for (index, name) in names.enumerated() {
            #expect(try handle.openFile(name)?.readAll(expected: 1) == [UInt8(index)])
        }
    }

    @Test("Restoring removes only what a checkpoint knew") func restoreKeepsTheUnknown() async throws {
        let workspace = try await scene.create(.empty)
        try scene.write([".gitignore": "cache/\n", "a": "1", "d/x": "2"], in: "workspace")
        let first = try workspace.snapshot().tree
        try scene.write(
            ["a": "changed", "later": "known", "e/f/g": "known", "cache/big": "ignored"], in: "workspace")
        try scene.folder.write("workspace/d/x", "changed")
        let second = try workspace.snapshot().tree
        try scene.write(["e/stranger": "unknown", "mine": "unknown"], in: "workspace")
        let plan = try workspace.planRestore(to: first, knowing: [first, second])
        #expect(plan.writes == ["a", "d/x"])
        #expect(plan.deletes == ["e/f/g", "later"])
        #expect(plan.kept == ["e/stranger", "mine"])
        try workspace.restore(plan)
        let left = try scene.listing(scene.root).keys.sorted()
        #expect(left == [".gitignore", "a", "cache", "cache/big", "d", "d/x", "e", "e/stranger", "mine"])
        #expect(try scene.read("a", in: "workspace") == "1")
        let undo = try workspace.planRestore(to: second, knowing: [first, second])
        try workspace.restore(undo)
        #expect(try scene.read("e/f/g", in: "workspace") == "known")
    }

    @Test("INV-6: a link in place of a folder never leads a restore out") func restoreStaysInside()
        async throws
    {
        let workspace = try await scene.create(.empty)
        try scene.write(["d/x": "inside", "f": "file"], in: "workspace")
        let tree = try workspace.snapshot().tree
        try scene.write(["x": "outside", "f": "outside"], in: "home")
        try FileManager.default.removeItem(atPath: scene.root + "/d")
        try FileManager.default.removeItem(atPath: scene.root + "/f")
        try makeLink(scene.root + "/d", to: scene.folder.file("home"))
        try makeLink(scene.root + "/f", to: scene.folder.file("home/f"))
        let later = try workspace.snapshot().tree
        try workspace.restore(workspace.planRestore(to: tree, knowing: [tree, later]))
        #expect(try scene.read("d/x", in: "workspace") == "inside")
        #expect(try scene.read("f", in: "workspace") == "file")
        #expect(try scene.read("x", in: "home") == "outside")
        #expect(try scene.read("f", in: "home") == "outside")
    }

    @Test("INV-6: a restore does not write through a hard link") func hardLinks() async throws {
        let workspace = try await scene.create(.empty)
        try scene.write(["f": "first", "g": "g"], in: "workspace")
        let tree = try workspace.snapshot().tree
        try scene.write(["f": "outside too"], in: "home")
        try FileManager.default.removeItem(atPath: scene.root + "/f")
        #expect(link(scene.folder.file("home/f"), scene.root + "/f") == 0)
        try scene.write([".agentos-tmp-left": "by a killed restore"], in: "workspace")
        try workspace.restore(workspace.planRestore(to: tree, knowing: [tree]))
        #expect(try scene.read("f", in: "workspace") == "first")
        #expect(try scene.read("f", in: "home") == "outside too")
        #expect(try scene.listing(scene.root).keys.sorted() == ["f", "g"])
    }

    @Test func whatIsInTheWayOfARestoreIsMovedAside() async throws {
        let workspace = try await scene.create(.empty)
        try scene.write([".gitignore": "*.o\n", "p": "a file"], in: "workspace")
        let tree = try workspace.snapshot().tree
        try FileManager.default.removeItem(atPath: scene.root + "/p")
        try scene.write(["p/y": "new", "p/z.o": "ignored"], in: "workspace")
        let later = try workspace.snapshot().tree
        try workspace.restore(workspace.planRestore(to: tree, knowing: [tree, later]))
        #expect(try scene.read("p", in: "workspace") == "a file")
        #expect(try scene.read("p.agentos-kept/z.o", in: "workspace") == "ignored")
    }

    @Test(arguments: 0..<12) func anyTreeComesBackAsItWas(seed: Int) async throws {
        var random = Seeded(state: UInt64(seed) &+ 100)
        let workspace = try await scene.create(.empty)
        var seen: [(tree: TreeID, listing: [String: String])] = []
        for _ in 0..<6 {
            for _ in 0..<8 { try edit(&random) }
            let tree = try workspace.snapshot().tree
            seen.append((tree, try scene.listing(scene.root)))
        }
        for _ in 0..<8 {
            guard let target = seen.randomElement(using: &random) else { continue }
            let plan = try workspace.planRestore(to: target.tree, knowing: seen.map(\.tree))
            try workspace.restore(plan)
            let now = try scene.listing(scene.root)
            let wrong = Set(now.keys).union(target.listing.keys).filter { now[$0] != target.listing[$0] }
                .sorted()
            #expect(
                wrong == [], "\(wrong.map { "\($0): \(now[$0] ?? "-") for \(target.listing[$0] ?? "-")" })")
            #expect(try workspace.snapshot().tree == target.tree)
            #expect(try workspace.planRestore(to: target.tree, knowing: seen.map(\.tree)).isEmpty)
        }
        let clean = scene.folder.file("clean")
        try materialize(seen[0].tree, of: scene.store, at: clean)
        #expect(try scene.listing(clean) == seen[0].listing)
    }

    /// One random change of the workspace.
    private func edit(_ random: inout Seeded) throws {
        let names = ["a", "b", "c", "d/a", "d/b", "d/e/f", "g/h"]
        let path = scene.root + "/" + (names.randomElement(using: &random) ?? "a")
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        let files = FileManager.default
        switch Int.random(in: 0..<7, using: &random) {
        case 0: try? files.removeItem(atPath: path)
        case 1: chmod(path, [0o644, 0o755, 0o400, 0o600].randomElement(using: &random) ?? 0o644)
        case 2:
            try? files.removeItem(atPath: path)
            try? files.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try? files.createSymbolicLink(
                atPath: path, withDestinationPath: "../nowhere\(Int.random(in: 0..<3, using: &random))")
        case 3:
            try? files.removeItem(atPath: path)
            try? files.createDirectory(atPath: path + "/inner", withIntermediateDirectories: true)
        default:
            let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            var isFolder = false
            if files.fileExists(atPath: path, isDirectory: &isFolder), isFolder {
                try? files.removeItem(atPath: path)
            }
            try? files.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try? Data(bytes).write(to: URL(filePath: path))
        }
    }
}
