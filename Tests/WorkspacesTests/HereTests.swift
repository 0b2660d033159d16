import AgentOSCore
import FoundationEssentials
import Glibc
import ObjectStore
import TestSupport
import Testing

@testable import Workspaces

@Suite("Delivery into the files, as a patch, as an export", .serialized) struct HereTests {
    let scene: Scene

    init() throws { scene = try Scene() }

    private func plan(_ workspace: Workspace, _ form: DeliveryForm, only: [String] = []) async throws
        -> DeliveryPlan
    {
        try await scene.delivery(workspace).plan(scene.request(workspace.snapshot().tree, form, only: only))
    }

    @Test("INV-6: taken over the person's own edits and put back to the last byte") func here() async throws {
        let lines = (1...12).map { "\($0)\n" }.joined()
        try scene.write([
            "a": lines, "dir/gone": "x", "dir/stays": "y", "run": "r", "only/one": "1", "same": "s",
        ])
        chmod(scene.source + "/only", 0o750)
        let workspace = try await scene.copy()
        try scene.write(["a": lines + "theirs\n", "new/deep/file": "n", "same": "s"], in: "workspace")
        try FileManager.default.removeItem(atPath: scene.root + "/dir/gone")
        try FileManager.default.removeItem(atPath: scene.root + "/only")
        chmod(scene.root + "/run", 0o755)
        try makeLink(scene.root + "/link", to: "elsewhere")
        try scene.folder.write("workspace/bin", "\u{0}\u{1}")
        try scene.write(["a": "mine\n" + lines, "own": "mine"])
        chmod(scene.source + "/a", 0o600)
        let before = try scene.listing(scene.source)
        let plan = try await plan(workspace, .here)
        #expect(plan.conflicts.isEmpty)
        #expect(try scene.listing(scene.source) == before)
        let delivery = scene.delivery(workspace)
        let record = try await delivery.perform(plan)
        #expect(try scene.read("a") == "mine\n" + lines + "theirs\n")
        let after = try scene.listing(scene.source)
        #expect(
            after.keys.sorted() == [
                "a", "bin", "dir", "dir/stays", "link", "new", "new/deep", "new/deep/file", "own", "run",
                "same",
            ])
        #expect(
            after["a"]?.hasPrefix("file \(0o600)") == true && after["run"]?.hasPrefix("file \(0o755)") == true
        )
        #expect(after["link"] == "link elsewhere")
        #expect(try await delivery.perform(plan) == record)
        #expect(try scene.listing(scene.source) == after)
        let stored = try JSONText.decode(DeliveryRecord.self, from: JSONText.string(record))
        try await delivery.revert(stored)
        #expect(try scene.listing(scene.source) == before)
        try await delivery.revert(stored)
        #expect(try scene.listing(scene.source) == before)
    }

    @Test func aConflictWritesNothingAndNamesFilesAndLines() async throws {
        try scene.write(["a": "1\n2\n3\n", "b": "b\n", "c": "c\n", "bin": "\u{0}"])
        let workspace = try await scene.copy()
        try scene.write(
            ["a": "1\ntheirs\n3\n", "b": "fine\n", "new": "theirs\n", "bin": "\u{0}theirs"], in: "workspace")
        try FileManager.default.removeItem(atPath: scene.root + "/c")
        try scene.write(["a": "1\nmine\n3\n", "c": "edited\n", "new": "mine\n", "bin": "\u{0}mine"])
        let before = try scene.listing(scene.source)
        let plan = try await plan(workspace, .here)
        let fault = await #expect(throws: Fault.self) { try await scene.delivery(workspace).perform(plan) }
        #expect(fault?.code == .negative)
        #expect(plan.conflicts.map(\.path) == ["a", "bin", "c", "new"])
        for part in [
            "a: both sides changed, line 2", "new: both sides added it", "c: the session removed it", "bin: ",
        ] {
            #expect(fault?.message.contains(part) == true, "\(part)")
        }
        #expect(try scene.listing(scene.source) == before)
        let rest = try await self.plan(workspace, .here, only: ["b"])
        _ = try await scene.delivery(workspace).perform(rest)
        #expect(try scene.read("b") == "fine\n")
    }

    @Test func whatChangedAfterThePlanOrTheDeliveryIsNotOverwritten() async throws {
        try scene.write(["a": "1\n", "b": "1\n"])
        let workspace = try await scene.copy()
        try scene.write(["a": "2\n", "b": "2\n"], in: "workspace")
        let plan = try await plan(workspace, .here)
        try scene.write(["a": "mine\n"])
        let early = await #expect(throws: Fault.self) { try await scene.delivery(workspace).perform(plan) }
        #expect(early?.code == .refused)
        #expect(try scene.read("a") == "mine\n" && scene.read("b") == "1\n")
        try scene.write(["a": "1\n"])
        let record = try await scene.delivery(workspace).perform(plan)
        try scene.write(["b": "edited after\n"])
        let late = await #expect(throws: Fault.self) { try await scene.delivery(workspace).revert(record) }
        #expect(late?.code == .refused && late?.message.contains("b") == true)
        #expect(try scene.read("a") == "2\n" && scene.read("b") == "edited after\n")
    }

    @Test("A delivery that was cut goes on from where it was, or back") func cutInTheMiddle() async throws {
        try scene.write(["a": "1", "b": "1", "c": "1"])
        let workspace = try await scene.copy()
        try scene.write(["a": "2", "b": "2", "c": "2", "d/e": "2"], in: "workspace")
        let before = try scene.listing(scene.source)
        let plan = try await plan(workspace, .here)
        try scene.write(["a": "2", "d/e": "2"])
        let record = try await scene.delivery(workspace).perform(plan)
        #expect(try scene.read("c") == "2" && scene.read("d/e") == "2")
        try scene.write(["b": "1"])
        try FileManager.default.removeItem(atPath: scene.source + "/d/e")
        try await scene.delivery(workspace).revert(record)
        #expect(try scene.listing(scene.source) == before)
    }

    @Test func aFileThatBecameAFolderAndAFolderThatBecameAFile() async throws {
        try scene.write(["x": "file", "y/z": "inner"])
        let workspace = try await scene.copy()
        try FileManager.default.removeItem(atPath: scene.root + "/x")
        try scene.write(["x/inner": "deep"], in: "workspace")
        let delivery = scene.delivery(workspace)
        let before = try scene.listing(scene.source)
        let record = try await delivery.perform(plan(workspace, .here))
        #expect(try scene.read("x/inner") == "deep")
        try await delivery.revert(record)
        #expect(try scene.listing(scene.source) == before)
        try FileManager.default.removeItem(atPath: scene.root + "/y")
        try scene.write(["y": "now a file"], in: "workspace")
        let blocked = try await plan(workspace, .here, only: ["y"])
        #expect(blocked.conflicts.map(\.path) == ["y"])
    }

    @Test("INV-6: links in the source, git's own files and files that run by themselves") func refusals()
        async throws
    {
        try scene.write(["a": "1", "real/x": "1"])
        let workspace = try await scene.copy()
        try FileManager.default.removeItem(atPath: scene.source + "/real")
        try scene.write(["x": "outside"], in: "home")
        try makeLink(scene.source + "/real", to: scene.folder.file("home"))
        try scene.write(["a": "2", "real/x": "2"], in: "workspace")
        let through = await #expect(throws: Fault.self) { try await plan(workspace, .here) }
        #expect(through?.code == .refused && through?.message.contains("real") == true)
        #expect(try scene.read("x", in: "home") == "outside")
        _ = try await plan(workspace, .here, only: ["a"])
        for path in [".git/hooks/pre-commit", "sub/.GIT/config", ".git./x", "git~1/x"] {
            try scene.write([path: "evil"], in: "workspace")
            let inner = await #expect(throws: Fault.self) {
                try await plan(workspace, .here, only: ["a", path])
            }
            #expect(inner?.code == .refused, "\(path)")
            try FileManager.default.removeItem(atPath: scene.root + "/" + path)
        }
        for path in [
            ".github/workflows/ci.yml", ".envrc", "deep/.vscode/tasks.json", ".claude/settings.json",
            ".husky/pre-push", ".mcp.json",
            ".gitlab-ci.yml", ".idea/x.xml", ".gitmodules", "AGENTS.md", "sub/CLAUDE.md", ".npmrc",
            "mise.toml",
            ".github/copilot-instructions.md", ".cursor/rules/x.mdc", ".cargo/config.toml",
            ".clinerules/x.md",
            "x.code-workspace",
        ] {
            try scene.write([path: "runs"], in: "workspace")
            let running = await #expect(throws: Fault.self) { try await plan(workspace, .here) }
            #expect(running?.code == .refused && running?.message.contains(path) == true, "\(path)")
            // A wildcard takes the rest, and its name takes it.
            let rest = try await plan(workspace, .here, only: ["[!r]*", "a"])
            #expect(rest.leftOut == ["real/x", TreePath(path)].sorted() && rest.paths == ["a"], "\(path)")
            #expect(try await plan(workspace, .here, only: [path]).paths == [TreePath(path)])
            try FileManager.default.removeItem(atPath: scene.root + "/" + path)
        }
        let nothing = await #expect(throws: Fault.self) {
            try await plan(workspace, .here, only: ["no/such"])
        }
        #expect(nothing?.code == .usage)
    }

    @Test func formsThatASourceDoesNotHave() async throws {
        try scene.write(["a": "1"])
        let copy = try await scene.copy()
        try scene.write(["a": "2"], in: "workspace")
        #expect(scene.delivery(copy).usualForm == .here)
        let branch = await #expect(throws: Fault.self) { try await plan(copy, .branch(nil)) }
        #expect(branch?.code == .usage)
        try Workspace.remove(at: scene.root)
        let empty = try await scene.create(.empty)
        let nowhere = await #expect(throws: Fault.self) { try await plan(empty, .here) }
        #expect(nowhere?.code == .refused)
        let inplace = try await scene.create(.inplace(path: scene.source))
        let already = await #expect(throws: Fault.self) { try await plan(inplace, .here) }
        #expect(already?.code == .refused)
    }

    @Test func aPatchIsWhatGitApplyTakes() async throws {
        try await scene.repository(["a": "1\n2\n", "bin": "\u{0}old", "gone": "x\n", "run": "r\n"])
        let workspace = try await scene.copy()
        try scene.write(["a": "1\nzwei\n", "bin": "\u{0}new", "sub/new": "n"], in: "workspace")
        try FileManager.default.removeItem(atPath: scene.root + "/gone")
        chmod(scene.root + "/run", 0o755)
        try makeLink(scene.root + "/link", to: "a")
        let plan = try await plan(workspace, .patch)
        let delivery = scene.delivery(workspace)
        let patch = try await delivery.patch(plan)
        let record = try await delivery.perform(plan)
        #expect(try await scene.git("status", "--porcelain").isEmpty)
        try await scene.git.check(in: scene.source, ["apply", "-"], input: patch)
        let expected = try scene.listing(scene.root)
        #expect(try scene.listing(scene.source, leavingOut: [".git"]) == expected)
        let fault = await #expect(throws: Fault.self) { try await delivery.revert(record) }
        #expect(fault?.code == .refused)
    }

    @Test func exportsAreWhole() async throws {
        let workspace = try await scene.create(.empty)
        let long = String(repeating: "long/", count: 30) + "name"
        try scene.write(["a": "1", long: "deep", "bin/run": "x"], in: "workspace")
        chmod(scene.root + "/bin/run", 0o755)
        try makeLink(scene.root + "/link", to: "a")
        let tree = try workspace.snapshot().tree
        let delivery = scene.delivery(workspace)
        try delivery.export(tree, to: scene.folder.file("out"))
        #expect(try scene.listing(scene.folder.file("out")) == scene.listing(scene.root))
        #expect(throws: Fault.self) { try delivery.export(tree, to: scene.folder.file("out")) }
        // What a killed export left beside its place is replaced, and nothing stays there.
        try scene.folder.write(".again.agentos-part/half", "x")
        try scene.folder.write("again/.keep", "")
        try FileManager.default.removeItem(atPath: scene.folder.file("again/.keep"))
        try delivery.export(tree, to: scene.folder.file("again"))
        let names = try FileManager.default.contentsOfDirectory(atPath: scene.folder.path)
        #expect(names.contains("again") && !names.contains { $0.contains("agentos-part") })
        #expect(!FileManager.default.fileExists(atPath: scene.folder.file("again/half")))
        let archive = scene.folder.file("out.tar")
        try delivery.export(tree, to: archive)
        #expect(throws: Fault.self) { try delivery.export(tree, to: archive) }
        mkdir(scene.folder.file("untarred"), 0o700)
        try await untar(archive, scene.folder.file("untarred"))
        #expect(try scene.listing(scene.folder.file("untarred")) == scene.listing(scene.root))
    }

    /// Unpacks with the system's tar, through git's alias for shell commands.
    private func untar(_ archive: String, _ folder: String) async throws {
        try await scene.git.check(
            in: folder, ["-c", "alias.untar=!tar -xpf \(archive) -C \(folder)", "untar"])
    }
}
