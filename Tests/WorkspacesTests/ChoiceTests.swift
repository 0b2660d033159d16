import AgentOSCore
import FoundationEssentials
import ObjectStore
import TestSupport
import Testing

@testable import Workspaces

/// INV-6: what is set apart is taken only where it is named, and the advice that says so works as it is written.
@Suite("What a delivery takes", .serialized) struct ChoiceTests {
    let scene: Scene

    init() throws { scene = try Scene() }

    private func plan(_ workspace: Workspace, _ form: DeliveryForm, only: [String] = []) async throws
        -> DeliveryPlan
    {
        try await scene.delivery(workspace).plan(scene.request(workspace.snapshot().tree, form, only: only))
    }

    /// The globs of each command in a hint, read as a shell reads them.
    private func pasted(_ hint: String) -> [[String]] {
        hint.split(separator: "agentos session apply k3x9qd --here --only ").dropFirst().map { text in
            var globs: [String] = []
            var rest = text
            while rest.first == "'" {
                var word = ""
                rest = rest.dropFirst()
                while let end = rest.firstIndex(of: "'") {
                    word += rest[..<end]
                    rest = rest[rest.index(after: end)...]
                    guard rest.hasPrefix("\\''") else { break }
                    word += "'"
                    rest = rest.dropFirst(3)
                }
                globs.append(word)
                if rest.hasPrefix(" '") { rest = rest.dropFirst() }
            }
            return globs
        }
    }

    @Test func theAdviceWorksWhenItIsPasted() async throws {
        try scene.write(["a": "1"])
        let workspace = try await scene.copy()
        let apart = [
            ".envrc", ".github/workflows/ci.yml", ".github/workflows/deep/x.yml", "it's [1]/AGENTS.md",
            "w/.vscode/x",
        ]
        for path in apart + ["a", "b/c"] { try scene.write([path: "new"], in: "workspace") }
        let fault = await #expect(throws: Fault.self) { try await plan(workspace, .here) }
        let commands = pasted(fault?.hint ?? "")
        #expect(commands.count == 2 && fault?.code == .refused, "\(fault?.hint ?? "")")
        let without = try await plan(workspace, .here, only: commands.first ?? [])
        #expect(without.paths == ["a", "b/c"] && without.leftOut == apart.map { TreePath($0) })
        let with = try await plan(workspace, .here, only: commands.last ?? [])
        #expect(with.leftOut.isEmpty && with.paths.count == 7 && with.count == 7)
        // A glob that means nothing else says which names it lacks.
        let folder = await #expect(throws: Fault.self) {
            try await plan(workspace, .here, only: [".github/**"])
        }
        let named = pasted(folder?.hint ?? "")
        #expect(named == [[".github/**", ".github/workflows/**"]], "\(folder?.hint ?? "")")
        #expect(try await plan(workspace, .here, only: named.first ?? []).paths.count == 2)
    }

    @Test func aWildcardLeavesGitsOwnFilesOut() async throws {
        try scene.write(["a": "1"])
        let workspace = try await scene.copy()
        try scene.write(["a": "2", "sub/.git/config": "x"], in: "workspace")
        let refused = await #expect(throws: Fault.self) { try await plan(workspace, .here) }
        #expect(refused?.hint?.contains("--only '**'") == true)
        #expect(try await plan(workspace, .here, only: ["**"]).paths == ["a"])
    }

    @Test func linksThatLeadOut() async throws {
        for (target, path, leaves) in [
            ("/etc/passwd", "x", true), ("..", "x", true), ("../x", "a/y", false), ("../../x", "a/y", true),
            ("a/../../x", "x", true), ("a/../b", "x", true), ("./b", "x", false), ("b/c", "x", false),
            ("", "x", false), ("../..", "a/b/c", false), (".././../..", "a/b/c", true), ("a//b", "x", false),
        ] {
            #expect(
                DeliveryRules.leadsOut(Array(target.utf8), at: TreePath(path)) == leaves, "\(target) \(path)")
        }
        try scene.write(["a": "1"])
        let workspace = try await scene.copy()
        try scene.write(["a": "2"], in: "workspace")
        try makeLink(scene.root + "/out", to: "../../etc")
        try makeLink(scene.root + "/in", to: "a")
        let tree = try workspace.snapshot().tree
        #expect(try Quarantine(from: workspace.base.tree, to: tree, in: scene.store).paths == ["out"])
        let shown = try diff(workspace.base.tree, tree, in: scene.store).files
        #expect(shown.filter(\.isQuarantined).map(\.path) == ["out"])
        let fault = await #expect(throws: Fault.self) { try await plan(workspace, .here) }
        #expect(
            fault?.code == .refused && fault?.message.contains("out -> ../../etc") == true,
            "\(fault?.message ?? "")")
        #expect(try await plan(workspace, .here, only: ["**"]).paths == ["a", "in"])
        let taken = try await plan(workspace, .here, only: ["**", "out"])
        #expect(taken.paths == ["a", "in", "out"] && taken.outward == ["out -> ../../etc"])
    }

    @Test func beforeTheFirstCommitEveryFormTakesTheResult() async throws {
        try await scene.git("init", "-q")
        try scene.write(["staged": "1\n", "loose": "1\n", "gone": "1\n", "same": "1\n"])
        try await scene.git("add", "staged")
        let workspace = try await scene.copy()
        try scene.write(["staged": "2\n", "loose": "2\n", "new": "2\n"], in: "workspace")
        try FileManager.default.removeItem(atPath: scene.root + "/gone")
        let delivery = scene.delivery(workspace)
        let before = try scene.listing(scene.source, leavingOut: [".git"])
        let branch = try await plan(workspace, .branch(nil))
        #expect(branch.conflicts.isEmpty && branch.paths == ["loose", "new", "staged"])
        let record = try await delivery.perform(branch)
        #expect(try await scene.git("show", "\(record.commit ?? ""):loose") == "2")
        #expect(try await scene.git("log", "--format=%P|%s", record.commit ?? "") == "|Fix the bug")
        #expect(try scene.listing(scene.source, leavingOut: [".git"]) == before)
        try await delivery.revert(record)
        let patch = try await delivery.patch(plan(workspace, .patch))
        try await scene.git.check(in: scene.source, ["apply", "-"], input: patch)
        try await scene.git.check(in: scene.source, ["apply", "-R", "-"], input: patch)
        #expect(try scene.listing(scene.source, leavingOut: [".git"]) == before)
        let here = try await delivery.perform(plan(workspace, .here))
        #expect(try scene.read("loose") == "2\n" && scene.read("same") == "1\n")
        try await delivery.revert(here)
        #expect(try scene.listing(scene.source, leavingOut: [".git"]) == before)
    }

    @Test func whatTheFolderItselfIsIsTold() async throws {
        try await scene.repository(["a": "1\n"])
        let workspace = try await scene.create(.inplace(path: scene.source))
        let base = workspace.base
        let environment = scene.policy.environment
        #expect(try await RepositoryDrift(of: base, environment: environment).lines == [])
        try scene.write(["a": "2\n"])
        #expect(try await RepositoryDrift(of: base, environment: environment).lines == [])
        try await scene.git("add", "a")
        #expect(try await RepositoryDrift(of: base, environment: environment).index != nil)
        try await scene.git("commit", "-qm", "more")
        let head = try #require(await RepositoryDrift(of: base, environment: environment).head)
        let start = try #require(base.git?.head)
        #expect(head.contains("git reset --soft \(start.prefix(12))"), "\(head)")
        try await scene.git("reset", "-q", "--soft", String(start.prefix(12)))
        try await scene.git("reset", "-q")
        #expect(try await RepositoryDrift(of: base, environment: environment).lines == [])
        try await scene.git("checkout", "-q", "--detach")
        let moved = try await RepositoryDrift(of: base, environment: environment)
        #expect(moved.head?.contains("was main at") == true && moved.head?.contains("detached") == true)
        let copy = WorkspaceBase(
            spec: .copy(path: scene.source, include: []), source: base.source, git: base.git, tree: base.tree)
        #expect(try await RepositoryDrift(of: copy, environment: environment).lines == [])
    }

    /// Its bytes are nowhere else.
    @Test func aRestoreInPlaceKeepsAFileOverTheCap() async throws {
        try scene.write(["a": "1", "grows": "small"])
        var caps = Caps()
        caps.fileBytes = 10
        let made = try await scene.create(.inplace(path: scene.source))
        let workspace = Workspace(
            root: made.root, base: made.base, store: made.store, cache: made.cache, caps: caps)
        let start = try workspace.snapshot().tree
        try scene.write([
            "a": "2", "big/one": "0123456789abcdef", "grows": "0123456789abcdef", "big/two": "2",
        ])
        let now = try workspace.snapshot().tree
        let plan = try workspace.planRestore(to: start, knowing: [start, now])
        #expect(plan.unrestorable == ["big/one", "grows"])
        try workspace.restore(plan)
        #expect(try scene.read("a") == "1" && scene.read("big/one") == "0123456789abcdef")
        #expect(try scene.read("grows") == "0123456789abcdef")
        #expect(!FileManager.default.fileExists(atPath: scene.source + "/big/two"))
    }
}
