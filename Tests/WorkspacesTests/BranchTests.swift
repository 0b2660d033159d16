import AgentOSCore
import FoundationEssentials
import Glibc
import ObjectStore
import TestSupport
import Testing

@testable import Workspaces

@Suite("Delivery as a branch", .serialized) struct BranchTests {
    let scene: Scene

    init() throws { scene = try Scene() }

    /// What must not change: HEAD, index, stash, files, and the branches but for the new one.
    private func untouched() async throws -> [String] {
        var out = [try await scene.git("rev-parse", "HEAD"), try await scene.git("stash", "list")]
        out.append(try await scene.git("ls-files", "--stage"))
        out.append(
            try await scene.git(
                "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/main", "refs/tags"))
        let files = try scene.listing(scene.source, leavingOut: [".git"])
        return out + files.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    }

    @Test(
        "INV-6: one commit on base HEAD, nothing else touched, no hook run, uncommitted work of the start left out"
    )
    func branch() async throws {
        try await scene.repository([
            "a": (1...20).map { "line \($0)\n" }.joined(), "b": "b\n", "gone": "x\n", "script": "#!/bin/sh\n",
            "sub/deep": "1\n",
        ])
        for hook in ["reference-transaction", "pre-commit", "post-commit", "commit-msg", "post-index-change"]
        {
            try scene.folder.write(
                "source/.git/hooks/\(hook)", "#!/bin/sh\ntouch \(scene.folder.path)/hook-ran\n")
            chmod(scene.source + "/.git/hooks/\(hook)", 0o755)
        }
        try scene.write(["staged": "staged work\n"])
        try await scene.git("add", "staged")
        try scene.write([
            "a": (1...20).map { $0 == 1 ? "mine\n" : "line \($0)\n" }.joined(), "untracked": "mine\n",
        ])
        try? FileManager.default.removeItem(atPath: scene.folder.file("hook-ran"))
        let workspace = try await scene.copy()
        try scene.write(
            [
                "a": (1...20).map { $0 == 1 ? "mine\n" : $0 == 20 ? "theirs\n" : "line \($0)\n" }.joined(),
                "new/file": "new\n", "bin": "a\u{0}b",
            ], in: "workspace")
        try FileManager.default.removeItem(atPath: scene.root + "/gone")
        chmod(scene.root + "/script", 0o755)
        try makeLink(scene.root + "/link", to: "b")
        let tree = try workspace.snapshot().tree
        let head = try await scene.git("rev-parse", "HEAD")
        let before = try await untouched()
        let delivery = scene.delivery(workspace)
        let plan = try await delivery.plan(scene.request(tree))
        #expect(plan.branch == "agentos/fix-the-bug-k3x9qd")
        #expect(plan.paths.map(\.description) == ["a", "bin", "gone", "link", "new/file", "script"])
        #expect(try await untouched() == before)
        let record = try await delivery.perform(plan)
        #expect(try await untouched() == before)
        #expect(!FileManager.default.fileExists(atPath: scene.folder.file("hook-ran")))
        let commit = try #require(record.commit)
        #expect(try await scene.git("rev-parse", "agentos/fix-the-bug-k3x9qd") == commit)
        #expect(try await scene.git("rev-list", "--parents", "-1", commit) == "\(commit) \(head)")
        #expect(
            try await scene.git("show", "-s", "--format=%an <%ae>%n%B", commit).split(separator: "\n").map(
                String.init) == [
                    "Ada <ada@example.org>", "Fix the bug", "AgentOS-Session: k3x9qd",
                    "AgentOS-Tree: \(tree)", "AgentOS-Audit: abc123",
                ])
        #expect(
            try await scene.git("diff-tree", "-r", "--name-status", head, commit).split(separator: "\n").map(
                String.init) == [
                    "M\ta", "A\tbin", "D\tgone", "A\tlink", "A\tnew/file", "M\tscript",
                ])
        #expect(try await scene.git("ls-tree", commit, "script", "link").contains("100755 blob"))
        #expect(try await scene.git("ls-tree", commit, "link").hasPrefix("120000 blob"))
        let merged = try await scene.git("show", "\(commit):a")
        #expect(merged.hasPrefix("line 1\n") && merged.hasSuffix("theirs"))
        #expect(try await scene.git("fsck", "--strict").isEmpty)
        #expect(try await delivery.perform(plan) == record)
        try await delivery.revert(record)
        #expect(try await scene.git("branch", "--list", "agentos/*").isEmpty)
        #expect(try await untouched() == before)
        try await delivery.revert(record)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scene.store.folder + "/tmp").isEmpty)
    }

    @Test("HEAD that moved, was detached, or sits in a subfolder: the parent is HEAD as it was")
    func otherHeads() async throws {
        try await scene.repository(["a": "1\n", "sub/b": "2\n"])
        let head = try await scene.git("rev-parse", "HEAD")
        try await scene.git("checkout", "-q", "--detach")
        let workspace = try await scene.create(.copy(path: scene.source + "/sub", include: []))
        #expect(workspace.base.git?.branch == nil && workspace.base.git?.prefix == "sub")
        try scene.write(["b": "3\n", "c": "4\n"], in: "workspace")
        try scene.write(["a": "moved\n", "sub/b": "moved\n"])
        try await scene.git("commit", "-qam", "moved on")
        let plan = try await scene.delivery(workspace).plan(
            scene.request(workspace.snapshot().tree, .branch("mine")))
        let record = try await scene.delivery(workspace).perform(plan)
        #expect(try await scene.git("rev-parse", "mine^") == head)
        #expect(try await scene.git("diff-tree", "-r", "--name-only", head, "mine") == "sub/b\nsub/c")
        #expect(try await scene.git("show", "mine:sub/b") == "3")
        #expect(record.branch == "mine")
    }

    @Test func aBareRepository() async throws {
        try await scene.repository(["a": "1\n"])
        let bare = scene.folder.file("bare.git")
        try await scene.git("clone", "-q", "--bare", scene.source, bare)
        let workspace = try await scene.create(.worktree(path: bare))
        try scene.write(["a": "2\n"], in: "workspace")
        let tree = try workspace.snapshot().tree
        let here = await #expect(throws: Fault.self) {
            try await scene.delivery(workspace).plan(scene.request(tree, .here))
        }
        #expect(here?.code == .refused)
        let copied = await #expect(throws: Fault.self) {
            try await Workspace.create(
                .copy(path: bare, include: []), at: scene.root + "2", store: scene.store, cache: nil,
                policy: scene.policy)
        }
        #expect(copied?.code == .refused)
        let record = try await scene.delivery(workspace).perform(
            scene.delivery(workspace).plan(scene.request(tree)))
        #expect(try await scene.git("show", "\(record.commit ?? ""):a", in: bare) == "2")
        #expect(try await scene.git("symbolic-ref", "HEAD", in: bare) == "refs/heads/main")
    }

    @Test func aWorktreeDeliversWithoutItsOwnGit() async throws {
        try await scene.repository(["a": "1\n"])
        let workspace = try await scene.create(.worktree(path: scene.source))
        try scene.write(["a": "2\n"], in: "workspace")
        try await scene.git("commit", "-qam", "agent", in: scene.root)
        try scene.write([".git/hooks/post-checkout": "evil"], in: "workspace")
        let plan = try await scene.delivery(workspace).plan(scene.request(workspace.snapshot().tree))
        #expect(plan.paths == ["a"])
        let record = try await scene.delivery(workspace).perform(plan)
        #expect(try await scene.git("log", "--format=%s", record.commit ?? "") == "Fix the bug\nstart")
    }

    @Test func aRepositoryWithoutACommitGetsARootCommit() async throws {
        try await scene.git("init", "-q")
        let workspace = try await scene.copy()
        try scene.write(["a": "1\n"], in: "workspace")
        let record = try await scene.delivery(workspace).perform(
            scene.delivery(workspace).plan(scene.request(workspace.snapshot().tree)))
        #expect(try await scene.git("log", "--format=%P|%s", record.commit ?? "") == "|Fix the bug")
    }

    @Test func workThatWasUncommittedAtTheStartAndIsChangedIsAConflict() async throws {
        try await scene.repository(["a": "1\n2\n3\n"])
        try scene.write(["a": "1\nmine\n3\n", "draft": "mine\n"])
        let workspace = try await scene.copy()
        try scene.write(["a": "1\nmine and theirs\n3\n", "draft": "theirs\n"], in: "workspace")
        let plan = try await scene.delivery(workspace).plan(scene.request(workspace.snapshot().tree))
        #expect(plan.conflicts.map(\.path) == ["a", "draft"])
        #expect(plan.conflicts.first?.hunks.first?.line == 2)
        let fault = await #expect(throws: Fault.self) { try await scene.delivery(workspace).perform(plan) }
        #expect(fault?.code == .negative && fault?.message.contains("a: both sides changed, line 2") == true)
        #expect(try await scene.git("branch", "--list").split(separator: "\n").count == 1)
        let here = try await scene.delivery(workspace).plan(scene.request(workspace.snapshot().tree, .here))
        #expect(here.conflicts.isEmpty)
    }

    @Test func anotherBranchOfThatNameIsNeverMoved() async throws {
        try await scene.repository(["a": "1\n"])
        let workspace = try await scene.copy()
        try scene.write(["a": "2\n"], in: "workspace")
        try await scene.git("branch", "taken")
        let plan = try await scene.delivery(workspace).plan(
            scene.request(workspace.snapshot().tree, .branch("taken")))
        let fault = await #expect(throws: Fault.self) { try await scene.delivery(workspace).perform(plan) }
        #expect(fault?.code == .refused)
        #expect(try await scene.git("rev-parse", "taken") == scene.git("rev-parse", "main"))
        try await scene.git("checkout", "-q", "taken")
        try await scene.git("checkout", "-q", "main")
        for name in [
            "a..b", "-x", "", "x y", "HEAD", "@", "@{-1}", "refs/heads/x", "refs/x", "x.lock", "x\n",
        ] {
            let wrong = await #expect(throws: Fault.self) {
                try await scene.delivery(workspace).plan(
                    scene.request(workspace.snapshot().tree, .branch(name)))
            }
            #expect(wrong?.code == .usage, "\(name)")
        }
    }

    /// A host died after it made the branch and before it could say so: what was only begun names no commit.
    @Test func aHalfMadeBranchGoesAndAForeignOneStays() async throws {
        try await scene.repository(["a": "1\n"])
        let workspace = try await scene.copy()
        try scene.write(["a": "2\n"], in: "workspace")
        let delivery = scene.delivery(workspace)
        let request = try scene.request(workspace.snapshot().tree, .branch("topic"))
        let plan = try await delivery.plan(request)
        #expect(plan.isNewBranch)
        var record = try await delivery.perform(plan)
        #expect(try await !delivery.plan(request).isNewBranch)
        record.commit = nil
        try await delivery.revert(record)
        #expect(try await scene.git("branch", "--list", "topic").isEmpty)
        try await delivery.revert(record)
        try await scene.git("branch", "topic", "main")
        try await delivery.revert(record)
        #expect(try await !scene.git("branch", "--list", "topic").isEmpty)
    }

    /// The person has gone on from a half-made branch before the next host: their commit stays, however they made it.
    @Test(arguments: [
        ["commit", "--amend", "--no-edit"], ["commit", "--amend", "--no-edit", "--reset-author"],
        ["commit", "-m", "mine", "--trailer", "AgentOS-Tree=TREE"],
    ])
    func aHalfMadeBranchThatWasWorkedOnStays(_ words: [String]) async throws {
        try await scene.repository(["a": "1\n"])
        let workspace = try await scene.copy()
        try scene.write(["a": "2\n"], in: "workspace")
        let delivery = scene.delivery(workspace)
        let request = try scene.request(workspace.snapshot().tree, .branch("topic"))
        var record = try await delivery.perform(delivery.plan(request))
        (record.commit, record.date) = (nil, request.date)
        try await scene.git("checkout", "-q", "topic")
        try scene.write(["own": "mine\n"])
        try await scene.git("add", "own")
        try await scene.git.check(
            in: scene.source,
            ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
                + words.map { $0.replacing("TREE", with: record.tree.rawValue) })
        let mine = try await scene.git("rev-parse", "topic")
        try await scene.git("checkout", "-q", "main")
        try await delivery.revert(record)
        #expect(try await scene.git("rev-parse", "topic") == mine)
        record.date = nil
        if !words.contains("--reset-author") {
            try await delivery.revert(record)
            #expect(try await scene.git("rev-parse", "topic") == mine)
        }
    }

    @Test func unapplyKeepsABranchThatMovedOnOrIsInUse() async throws {
        try await scene.repository(["a": "1\n"])
        let workspace = try await scene.copy()
        try scene.write(["a": "2\n"], in: "workspace")
        let delivery = scene.delivery(workspace)
        let record = try await delivery.perform(
            delivery.plan(scene.request(workspace.snapshot().tree, .branch("topic"))))
        try await scene.git("checkout", "-q", "topic")
        let inUse = await #expect(throws: Fault.self) { try await delivery.revert(record) }
        #expect(inUse?.code == .refused)
        try scene.write(["a": "3\n"])
        try await scene.git("commit", "-qam", "more")
        try await scene.git("checkout", "-q", "main")
        let moved = await #expect(throws: Fault.self) { try await delivery.revert(record) }
        #expect(moved?.code == .refused)
        #expect(try await scene.git("show", "topic:a") == "3")
    }

    @Test func lineEndsAndFiltersAreThoseOfGitAdd() async throws {
        try await scene.repository([".gitattributes": "*.txt text eol=crlf\n", "a.txt": "1\n2\n"])
        try FileManager.default.removeItem(atPath: scene.source + "/a.txt")
        try await scene.git("checkout", "-q", "--", "a.txt")
        #expect(try scene.read("a.txt") == "1\r\n2\r\n")
        let workspace = try await scene.copy()
        try scene.write(["a.txt": "1\r\ntwo\r\n"], in: "workspace")
        let delivery = scene.delivery(workspace)
        let record = try await delivery.perform(delivery.plan(scene.request(workspace.snapshot().tree)))
        #expect(try await scene.git("diff", "--numstat", "main", record.commit ?? "") == "1\t1\ta.txt")
        #expect(try await scene.git("cat-file", "blob", "\(record.commit ?? ""):a.txt") == "1\ntwo")
    }

    @Test func submodulesAreRefusedByName() async throws {
        let library = scene.folder.file("library")
        try scene.write(["lib.c": "l\n"], in: "library")
        try await scene.git("init", "-q", in: library)
        try await scene.git("add", "-A", in: library)
        try await scene.git("commit", "-qm", "lib", in: library)
        try await scene.repository(["a": "1\n"])
        try await scene.git("submodule", "--quiet", "add", library, "deps/lib")
        try await scene.git("commit", "-qm", "with a submodule")
        let workspace = try await scene.copy()
        try scene.write(["a": "2\n", "deps/lib/lib.c": "changed\n"], in: "workspace")
        let tree = try workspace.snapshot().tree
        let delivery = scene.delivery(workspace)
        let fault = await #expect(throws: Fault.self) { try await delivery.plan(scene.request(tree)) }
        #expect(fault?.code == .refused && fault?.message.contains("deps/lib") == true)
        let plan = try await delivery.plan(scene.request(tree, only: ["a"]))
        #expect(plan.leftOut == ["deps/lib/lib.c"])
        let record = try await delivery.perform(plan)
        #expect(try await scene.git("ls-tree", record.commit ?? "", "deps/lib").hasPrefix("160000 commit"))
        _ = try await delivery.perform(delivery.plan(scene.request(tree, .here)))
        #expect(try scene.read("deps/lib/lib.c") == "changed\n")
    }
}
