import AgentOSCore
import ObjectStore
import TestSupport
import Testing

@testable import Workspaces

@Suite("Trees merged three-way")
struct TreeMergeTests {
    private let folder: TemporaryFolder
    private let store: ObjectStore

    init() throws {
        folder = try TemporaryFolder()
        store = try ObjectStore(root: folder.file("objects"), tenant: .main)
    }

    private func tree(_ files: [String: String]) throws -> TreeID {
        let batch = ObjectBatch(store: store)
        let entries = try files.map { path, text in
            let digest = try batch.add(Array(text.utf8))
            let entry = TreeEntry(
                name: [], kind: .file, mode: 0o644, size: Int64(text.utf8.count), digest: digest)
            return (path: TreePath(path), entry: entry)
        }
        let tree = try store.putTree(of: entries, in: batch)
        try batch.commit()
        return tree.tree
    }

    private func files(_ tree: TreeID) throws -> [String: String] {
        var found: [String: String] = [:]
        for (path, entry) in try store.entries(of: tree) where entry.kind == .file {
            found[path.description] = String(decoding: try store.get(entry.digest), as: UTF8.self)
        }
        return found
    }

    private func merge(
        _ base: [String: String], _ ours: [String: String], _ theirs: [String: String],
        prefer: TreeMerge.Side? = nil
    ) throws -> (files: [String: String], conflicts: [String]) {
        let merged = try TreeMerge.merge(
            base: tree(base), ours: tree(ours), theirs: tree(theirs), in: store, prefer: prefer)
        return (try files(merged.tree), merged.conflicts.map(\.path.description))
    }

    @Test("What each side changed is there, lines of one file too")
    func both() throws {
        let text = "one\ntwo\nthree\nfour\nfive\n"
        let found = try merge(
            ["a": text, "gone": "x", "d/e": "1"],
            ["a": text.replacing("one", with: "ONE"), "gone": "x", "d/e": "1", "ours": "o"],
            ["a": text.replacing("five", with: "FIVE"), "theirs/new": "t", "d/e": "1"])
        #expect(found.conflicts.isEmpty)
        #expect(
            found.files == [
                "a": "ONE\ntwo\nthree\nfour\nFIVE\n", "ours": "o", "theirs/new": "t", "d/e": "1",
            ])
    }

    @Test("The same line changed twice is a conflict, and a side can win")
    func conflict() throws {
        let sides = (["a": "x\n"], ["a": "ours\n"], ["a": "theirs\n", "b": "new"])
        let found = try merge(sides.0, sides.1, sides.2)
        #expect(found.conflicts == ["a"])
        #expect(try merge(sides.0, sides.1, sides.2, prefer: .ours).files == ["a": "ours\n", "b": "new"])
        #expect(try merge(sides.0, sides.1, sides.2, prefer: .theirs).files == ["a": "theirs\n", "b": "new"])
    }

    @Test("A file where the other side has a folder is a conflict; the same on both sides is none")
    func kinds() throws {
        #expect(try merge([:], ["a": "file"], ["a/b": "folder"]).conflicts == ["a/b"])
        #expect(try merge([:], ["a/b": "folder"], ["a": "file"]).conflicts == ["a"])
        #expect(try merge([:], ["a": "1"], ["a": "1"]).conflicts.isEmpty)
        #expect(try merge(["a": "1"], [:], ["a": "2"]).conflicts == ["a"])
    }
}
