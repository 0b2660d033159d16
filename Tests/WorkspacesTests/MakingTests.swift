import AgentOSCore
import FoundationEssentials
import Glibc
import ObjectStore
import TestSupport
import Testing

@testable import Workspaces

@Suite("Making workspaces", .serialized) struct MakingTests {
    let scene: Scene

    init() throws { scene = try Scene() }

    @Test func aCopyOfARepositoryTakesUncommittedWorkAndLeavesOutIgnoredFiles() async throws {
        try await scene.repository([
            "a": "committed", "b": "gone later", "src/x.swift": "x", ".gitignore": "*.o\n.env*\n",
            "tracked.o": "odd",
        ])
        try await scene.git("add", "-f", "tracked.o")
        try await scene.git("commit", "-q", "-m", "more")
        try scene.write([
            "a": "edited", "new": "untracked", "junk.o": "1", ".env": "secret", ".env.test": "for tests",
        ])
        try FileManager.default.removeItem(atPath: scene.source + "/b")
        chmod(scene.source + "/src/x.swift", 0o755)
        try makeLink(scene.source + "/link", to: "/etc/passwd")
        let before = try scene.listing(scene.source)
        let workspace = try await scene.copy(include: [".env.test"])
        let copied = try scene.listing(scene.root)
        #expect(
            copied.keys.sorted() == [
                ".env.test", ".gitignore", "a", "link", "new", "src", "src/x.swift", "tracked.o",
            ])
        for (path, state) in copied where path != "src" { #expect(before[path] == state) }
        #expect(try scene.listing(scene.source) == before)
        #expect(workspace.base.source == scene.source)
        #expect(workspace.base.git?.branch == "main")
        #expect(try await workspace.base.git?.head == scene.git("rev-parse", "HEAD"))
        #expect(try workspace.snapshot().tree == workspace.base.tree)
        let head = try #require(workspace.base.git?.headTree)
        let names = try scene.store.entries(of: head).map(\.path.description)
        #expect(names == [".gitignore", "a", "b", "src", "src/x.swift", "tracked.o"])
        let entry = try #require(try scene.store.entry(at: "a", in: head))
        #expect(try scene.store.get(entry.digest) == Array("committed".utf8))
        #expect(!FileManager.default.fileExists(atPath: scene.root + ".unfinished"))
    }

    @Test func aCopyOfAPlainFolderHonoursItsIgnoreFiles() async throws {
        try scene.write([
            "a": "1", "sub/.gitignore": "*.tmp\n", "sub/x.tmp": "no", "sub/y": "yes",
            ".gitignore": "build/\n", "build/out": "no",
            "build/keep/k": "named",
        ])
        _ = try await scene.copy(include: ["build/keep"])
        #expect(
            try scene.listing(scene.root).keys.sorted() == [
                ".gitignore", "a", "build", "build/keep", "build/keep/k", "sub", "sub/.gitignore", "sub/y",
            ])
    }

    @Test("A worktree is a shared clone; the source's .git is as it was") func worktree() async throws {
        try await scene.repository(["a": "1\n", "sub/b": "2\n"])
        try scene.write(["a": "edited\n", "new": "untracked\n"])
        let before = try scene.listing(scene.source)
        let workspace = try await scene.create(.worktree(path: scene.source + "/sub"))
        #expect(try scene.listing(scene.source) == before)
        #expect(workspace.base.source == scene.source)
        #expect(try scene.read("sub/b", in: "workspace") == "2\n")
        let status = try await scene.git("status", "--porcelain", in: scene.root)
        #expect(status == " M a\n?? new")
        #expect(try await scene.git("rev-parse", "--abbrev-ref", "HEAD", in: scene.root) == "main")
        #expect(workspace.base.spec.internalPaths == [".git"])
        let tree = try workspace.snapshot().tree
        try await scene.git("commit", "-qam", "by the agent", in: scene.root)
        let later = try workspace.snapshot().tree
        try workspace.restore(workspace.planRestore(to: tree, knowing: [tree, later]))
        #expect(try await scene.git("log", "--format=%s", in: scene.root) == "start")
    }

    @Test func aWorktreeOfABareRepository() async throws {
        try await scene.repository(["a": "1\n"])
        try await scene.git("clone", "-q", "--bare", scene.source, scene.folder.file("bare.git"))
        let workspace = try await scene.create(.worktree(path: scene.folder.file("bare.git")))
        #expect(try scene.read("a", in: "workspace") == "1\n")
        #expect(try await scene.git("status", "--porcelain", in: scene.root) == "")
        #expect(workspace.base.git?.top == scene.folder.file("bare.git"))
    }

    @Test func inPlaceIsTheFolderItselfAndItsGitIsNotSeen() async throws {
        try await scene.repository(["a": "1"])
        let workspace = try await scene.create(.inplace(path: scene.source))
        #expect(workspace.root == scene.source)
        #expect(try scene.store.entries(of: workspace.base.tree).map(\.path.description) == ["a"])
        #expect(throws: Fault.self) { try workspace.remove() }
        #expect(try scene.read("a") == "1")
    }

    @Test func submodulesAndNestedRepositoriesAreCopiedAsFiles() async throws {
        let library = scene.folder.file("library")
        try scene.write(["lib.c": "l"], in: "library")
        try await scene.git("init", "-q", in: library)
        try await scene.git("add", "-A", in: library)
        try await scene.git("commit", "-qm", "lib", in: library)
        try await scene.repository(["a": "1"])
        try await scene.git(
            "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "deps/lib")
        try await scene.git("commit", "-qm", "with a submodule")
        try await scene.git("init", "-q", scene.source + "/nested")
        try scene.write(["nested/n": "n"])
        let workspace = try await scene.copy()
        let names = try scene.listing(scene.root).keys.sorted()
        #expect(names == [".gitmodules", "a", "deps", "deps/lib", "deps/lib/lib.c", "nested", "nested/n"])
        let head = try #require(workspace.base.git?.headTree)
        #expect(try scene.store.entries(of: head).map(\.path.description) == [".gitmodules", "a"])
        let clone = scene.folder.file("clone")
        try await scene.git("clone", "-q", scene.source, clone)
        let other = try await Workspace.create(
            .copy(path: clone, include: []), at: scene.root + "2", store: scene.store, cache: nil,
            policy: scene.policy)
        #expect(try scene.listing(other.root).keys.sorted() == [".gitmodules", "a"])
    }

    @Test("A source that cannot be is refused, and nothing is copied") func refusals() async throws {
        try scene.write(["file": "x", "one": "1", "two": "2"])
        var policy = scene.policy
        policy.agentosHome = scene.source + "/data"
        try FileManager.default.createDirectory(
            atPath: scene.source + "/data", withIntermediateDirectories: true)
        try makeLink(scene.folder.file("home-link"), to: scene.folder.file("home"))
        let cases: [(String, ExitCode)] = [
            (scene.folder.file("absent"), .usage), (scene.source + "/file", .usage), ("/", .refused),
            (scene.folder.file("home"), .refused), (scene.folder.file("home-link"), .refused),
            (scene.source, .refused),
            (scene.source + "/data", .refused),
        ]
        for (path, code) in cases {
            for spec in [
                WorkspaceSpec.copy(path: path, include: []), .inplace(path: path), .worktree(path: path),
            ] {
                let fault = await #expect(throws: Fault.self) {
                    try await Workspace.create(
                        spec, at: scene.root, store: scene.store, cache: nil, policy: policy)
                }
                #expect(fault?.code == code, "\(path): \(fault?.description ?? "")")
            }
        }
        let notGit = await #expect(throws: Fault.self) {
            try await scene.create(.worktree(path: scene.source))
        }
        #expect(notGit?.code == .usage)
        policy = scene.policy
        policy.caps.files = 2
        let many = await #expect(throws: Fault.self) {
            try await Workspace.create(
                .copy(path: scene.source, include: []), at: scene.root, store: scene.store, cache: nil,
                policy: policy)
        }
        #expect(many?.code == .refused)
        policy.caps.files = 10
        policy.caps.bytes = 2
        let large = await #expect(throws: Fault.self) {
            try await Workspace.create(
                .copy(path: scene.source, include: []), at: scene.root, store: scene.store, cache: nil,
                policy: policy)
        }
        #expect(large?.code == .refused)
        #expect(!FileManager.default.fileExists(atPath: scene.root))
        #expect(!FileManager.default.fileExists(atPath: scene.root + ".unfinished"))
    }

    @Test func theCheckRefusesWhatMakingWouldRefuse() async throws {
        let (plain, bare) = (scene.folder.file("plain"), scene.folder.file("bare.git"))
        try scene.write(["a": "1", "b": "2"], in: "plain")
        try await scene.repository(["a": "1", "b": "2", "sub/c": "3"])
        try await scene.git("clone", "-q", "--bare", scene.source, bare)
        var policy = scene.policy
        policy.caps.files = 2
        let cases: [(WorkspaceSpec, ExitCode?)] = [
            (.empty, nil), (.worktree(path: plain), .usage), (.worktree(path: bare), nil),
            (.worktree(path: scene.source + "/sub"), .refused),
            (.copy(path: plain, include: []), nil), (.copy(path: bare, include: []), .refused),
            (.copy(path: bare + "/objects", include: []), .refused),
            (.copy(path: scene.source + "/sub", include: []), nil), (.inplace(path: bare), .refused),
            (.inplace(path: scene.source), .refused), (.inplace(path: plain), nil),
        ]
        for (spec, code) in cases {
            let checked = await fault { try await Workspace.check(spec, policy: policy) }
            #expect(checked?.code == code, "\(spec): \(checked?.description ?? "no fault")")
            #expect(!FileManager.default.fileExists(atPath: scene.root))
            let made = await fault {
                _ = try await Workspace.create(
                    spec, at: scene.root, store: scene.store, cache: nil, policy: policy)
            }
            #expect(made == checked, "\(spec)")
            try Workspace.remove(at: scene.root)
        }
    }

    /// The fault of a body; nil where it throws none.
    private func fault(_ body: () async throws -> Void) async -> Fault? {
        do { try await body() } catch { return error as? Fault }
        return nil
    }

    @Test(.enabled(if: geteuid() != 0)) func anUnreadableFileIsNamed() async throws {
        try scene.write(["secret": "x"])
        chmod(scene.source + "/secret", 0)
        let fault = await #expect(throws: Fault.self) { try await scene.copy() }
        #expect(fault?.code == .usage && fault?.message.contains("secret") == true)
        #expect(!FileManager.default.fileExists(atPath: scene.root))
    }

    @Test func aRepositoryWithoutACommit() async throws {
        try await scene.git("init", "-q")
        try scene.write(["a": "1"])
        let workspace = try await scene.copy()
        #expect(workspace.base.git?.head == nil && workspace.base.git?.branch == "main")
        #expect(workspace.base.git?.headTree == nil)
    }

    @Test func theWorkspaceIsNotMadeTwice() async throws {
        _ = try await scene.create(.empty)
        await #expect(throws: Fault.self) { try await scene.create(.empty) }
        try Workspace.remove(at: scene.root)
        _ = try await scene.create(.empty)
    }
}
