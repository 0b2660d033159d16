import AgentOSCore
import FoundationEssentials
import Glibc
import ObjectStore
import TestSupport
import Testing

@testable import Workspaces

@Suite("What setups keep", .serialized) struct KeptPathsTests {
    let scene: Scene

    init() throws { scene = try Scene() }

    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test func pathsStayBelowTheWorkspaceAndOutOfGit() throws {
        #expect(try KeptPaths(["b/c", "a", "b", "a", "b/c/d", "ab"]).paths == ["a", "ab", "b"])
        for text in ["", "/etc", "../a", "a/../b", "a//b", ".", "a/.git", ".GIT/hooks", ".agentos-tmp-1"] {
            #expect(throws: Fault.self, "\(text)") { try KeptPaths([text]) }
        }
    }

    @Test func whatIsKeptComesBackAsItWas() async throws {
        let workspace = try await scene.create(.empty)
        try scene.write(
            ["deps/.gitignore": "*", "deps/a b/x": "1", "lone": "2", "rest": "3"], in: "workspace")
        chmod(scene.root + "/lone", 0o640)
        try makeLink(scene.root + "/deps/out", to: "/etc")
        mkdir(scene.root + "/deps/hollow", 0o750)
        let paths = try KeptPaths(["deps", "lone", "deep/er/not"])
        let kept = try workspace.keep(paths)
        #expect(kept.paths == ["deps", "lone"])
        #expect(try workspace.bring(paths, of: kept.tree).isEmpty)
        let before = try workspace.keep(paths).tree
        for name in ["deps", "lone"] { try removeFolder(scene.root + "/" + name) }
        #expect(try workspace.present(paths).isEmpty)
        #expect(try workspace.bring(paths, of: kept.tree) == ["deps", "lone"])
        #expect(try workspace.keep(paths).tree == before)
        #expect(try names(scene.root) == ["deps", "lone", "rest"])
        // One that is there stays as it is, the other comes.
        try removeFolder(scene.root + "/deps")
        try scene.write(["lone": "mine"], in: "workspace")
        #expect(try workspace.bring(paths, of: kept.tree) == ["deps"])
        #expect(try scene.read("lone", in: "workspace") == "mine")
    }

    @Test func aDamagedObjectPutsNothingInPlace() async throws {
        let workspace = try await scene.create(.empty)
        try scene.write(["a/x": "first", "b/y": "second"], in: "workspace")
        let paths = try KeptPaths(["a", "b"])
        let kept = try workspace.keep(paths)
        for name in ["a", "b"] { try removeFolder(scene.root + "/" + name) }
        let hex = Digest(hashing: Array("second".utf8)).hex
        let object = "\(scene.store.folder)/\(hex.prefix(2))/\(hex.dropFirst(2))"
        #expect(chmod(object, 0o600) == 0)
        try Data("broken".utf8).write(to: URL(filePath: object))
        #expect(throws: Fault.self) { try workspace.bring(paths, of: kept.tree) }
        #expect(try names(scene.root).isEmpty)
    }

    @Test func noLinkIsFollowedAndNothingHalfIsKept() async throws {
        let workspace = try await scene.create(.empty)
        try scene.write(["outside/deps/x": "secret"], in: "home")
        try scene.write(["a/x": "1"], in: "workspace")
        let inner = try KeptPaths(["a/deps"])
        mkdir(scene.root + "/a/deps", 0o755)
        let kept = try workspace.keep(inner)
        try removeFolder(scene.root + "/a")
        try makeLink(scene.root + "/a", to: scene.folder.file("home/outside"))
        #expect(throws: Fault.self) { try workspace.keep(inner) }
        try removeFolder(scene.folder.file("home/outside/deps"))
        #expect(throws: Fault.self) { try workspace.bring(inner, of: kept.tree) }
        #expect(try names(scene.folder.file("home/outside")).isEmpty)
        // A link in the place itself, a pipe within, a file over the cap.
        try makeLink(scene.root + "/link", to: "a")
        #expect(throws: Fault.self) { try workspace.keep(KeptPaths(["link"])) }
        mkdir(scene.root + "/pipes", 0o755)
        #expect(mkfifo(scene.root + "/pipes/p", 0o600) == 0)
        #expect(throws: Fault.self) { try workspace.keep(KeptPaths(["pipes"])) }
        var caps = Caps()
        caps.fileBytes = 4
        let small = Workspace(
            root: workspace.root, base: workspace.base, store: scene.store, cache: nil, caps: caps)
        try scene.write(["big/x": "12345", "lone": "12345"], in: "workspace")
        #expect(throws: Fault.self) { try small.keep(KeptPaths(["big"])) }
        #expect(throws: Fault.self) { try small.keep(KeptPaths(["lone"])) }
    }

    @Test func lockFilesAtTheTopAreTheKey() async throws {
        let workspace = try await scene.create(.empty)
        try scene.write(["deep/go.sum": "1", "package.json": "1"], in: "workspace")
        #expect(try workspace.lockFilesDigest() == nil)
        var seen: Set<Digest> = []
        for (name, text) in [
            ("go.sum", "1"), ("go.sum", "2"), ("requirements-dev.txt", "1"), ("requirements.txt", "1"),
        ] {
            try scene.write([name: text], in: "workspace")
            #expect(seen.insert(try #require(try workspace.lockFilesDigest())).inserted)
        }
    }
}
