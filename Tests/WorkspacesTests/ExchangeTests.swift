import AgentOSCore
import FoundationEssentials
import Glibc
import ObjectStore
import TestSupport
import Testing

@testable import Workspaces

@Suite("INV-6: a save that meets a delivery is never lost", .serialized) struct ExchangeTests {
    let scene: Scene
    let before: TreeID
    let after: TreeID
    let paths: [TreePath] = ["a", "b", "gone", "new/deep", "z"]

    init() throws {
        scene = try Scene()
        try scene.write(["a": "1", "b": "1", "gone": "1", "own": "own", "z": "1"])
        before = try Self.tree(scene.store, ["a": "1", "b": "1", "gone": "1", "z": "1"])
        after = try Self.tree(scene.store, ["a": "2", "b": "2", "new/deep": "2", "z": "2"])
    }

    private static func tree(_ store: ObjectStore, _ files: [String: String]) throws -> TreeID {
        let batch = ObjectBatch(store: store)
        let entries = try files.map { name, text in
            let path = TreePath(name)
            return (
                path: path,
                entry: TreeEntry(
                    name: path.name, kind: .file, mode: 0o644, size: Int64(text.utf8.count),
                    digest: try batch.add(Array(text.utf8)))
            )
        }
        let made = try store.putTree(of: entries, in: batch)
        try batch.commit()
        return made.tree
    }

    /// Exchanges while somebody does something between comparing and moving a path.
    private func exchange(
        _ from: TreeID, _ to: TreeID, at path: TreePath, again: @escaping () throws -> Void = {},
        _ act: @escaping () throws -> Void
    ) throws {
        let folder = try SourceFolder(scene.source, store: scene.store) { moment in
            switch moment {
            case .compared(path): try act()
            case .foreign(path): try again()
            case .compared, .foreign: return
            }
        }
        try folder.exchange(paths, from: from, to: to)
    }

    /// Saves as most editors do: a new file, renamed into place.
    private func save(_ name: String, _ text: String) throws {
        try scene.write([name + "~": text])
        #expect(rename(scene.source + "/" + name + "~", scene.source + "/" + name) == 0)
    }

    @Test(
        "in the window it is refused, all else is as it was",
        arguments: [("a", "1"), ("b", "1"), ("z", "1"), ("gone", "1")], [false, true])
    func saved(_ file: (name: String, text: String), inPlace: Bool) throws {
        let start = try scene.listing(scene.source)
        let fault = #expect(throws: Fault.self) {
            try exchange(before, after, at: TreePath(file.name)) {
                if inPlace { try scene.write([file.name: "mine"]) } else { try save(file.name, "mine") }
            }
        }
        #expect(fault?.code == .refused && fault?.message.contains("changed since: \(file.name) in") == true)
        #expect(try scene.read(file.name) == "mine")
        try scene.write([file.name: file.text])
        #expect(try scene.listing(scene.source) == start)
        try exchange(before, after, at: "none") {}
        #expect(try scene.read("new/deep") == "2")
    }

    @Test("a file made where a new one was to be") func made() throws {
        let start = try scene.listing(scene.source)
        #expect(throws: Fault.self) {
            try exchange(before, after, at: "new/deep") { try scene.write(["new/deep": "mine"]) }
        }
        #expect(try scene.read("new/deep") == "mine")
        try FileManager.default.removeItem(atPath: scene.source + "/new")
        #expect(try scene.listing(scene.source) == start)
    }

    @Test("a file removed, or made a folder, in the window", arguments: ["a", "gone"]) func removed(
        _ name: String
    )
        throws
    {
        for isFolder in [false, true] {
            #expect(throws: Fault.self) {
                try exchange(before, after, at: TreePath(name)) {
                    unlink(scene.source + "/" + name)
                    if isFolder { try scene.write([name + "/mine": "mine"]) }
                }
            }
            #expect(isFolder == (try? scene.read(name + "/mine")).map { $0 == "mine" } ?? false)
            #expect(try scene.read("b") == "1")
            try? FileManager.default.removeItem(atPath: scene.source + "/" + name)
            try scene.write([name: "1"])
        }
    }

    @Test("a second save, while the first is being put back", arguments: ["a", "gone"])
    func again(_ name: String) throws {
        let fault = #expect(throws: Fault.self) {
            try exchange(
                before, after, at: TreePath(name), again: { try save(name, "second") },
                { try save(name, "first") })
        }
        #expect(try scene.read(name) == "second")
        let kept = try FileManager.default.contentsOfDirectory(atPath: scene.source).filter {
            $0.contains(".agentos")
        }
        if name == "gone" {
            #expect(kept.count == 1 && fault?.message.contains(kept.first ?? "?") == true)
            #expect(try kept.first.map { try scene.read($0) } == "first")
        } else {
            #expect(kept.isEmpty)
        }
    }

    @Test("a file that somebody is writing is not taken from under them") func open() throws {
        let descriptor = Glibc.open(scene.source + "/b", O_WRONLY | O_CLOEXEC)
        defer { close(descriptor) }
        #expect(throws: Fault.self) { try exchange(before, after, at: "none") {} }
        #expect(write(descriptor, "mine", 4) == 4)
        #expect(try scene.read("b") == "mine" && scene.read("a") == "1")
    }

    @Test("taking back is guarded in the same way") func back() throws {
        try exchange(before, after, at: "none") {}
        let start = try scene.listing(scene.source)
        for name in ["a", "new/deep"] {
            #expect(throws: Fault.self) {
                try exchange(after, before, at: TreePath(name)) { try save(name, "mine") }
            }
            #expect(try scene.read(name) == "mine")
            try scene.write([name: "2"])
            #expect(try scene.listing(scene.source) == start)
        }
        #expect(throws: Fault.self) {
            try exchange(after, before, at: "gone") { try scene.write(["gone": "mine"]) }
        }
        #expect(try scene.read("gone") == "mine")
    }

    @Test(
        "what a killed exchange left aside: ours is cleared, a save is put back",
        arguments: ["1", "2", "mine"])
    func killed(_ text: String) throws {
        let entries = try scene.store.entries(of: after)
        let entry = try #require(entries.first { $0.path == "a" }).entry
        let name = String(decoding: Move.name("a", entry), as: UTF8.self)
        try scene.write([name: text, name + ".new": "half", "a": "2"])
        if text == "mine" {
            #expect(throws: Fault.self) { try exchange(before, after, at: "none") {} }
            #expect(try scene.read("a") == "mine" && scene.read("b") == "1")
        } else {
            try exchange(before, after, at: "none") {}
            #expect(try scene.read("a") == "2" && scene.read("b") == "2")
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: scene.source).filter {
            $0.contains(".agentos")
        }
        #expect(left.isEmpty)
    }

    @Test("a file system that cannot exchange at once") func inSteps() throws {
        let folder = try FolderHandle(path: scene.source)
        let a = Array("a".utf8), b = Array("own".utf8), none = Array("none".utf8)
        #expect(try folder.renameInSteps(a, to: b, in: folder, .exchanging))
        #expect(try scene.read("a") == "own" && scene.read("own") == "1")
        #expect(try !folder.renameInSteps(a, to: b, in: folder, .keeping))
        #expect(try !folder.renameInSteps(a, to: none, in: folder, .exchanging))
        #expect(try folder.renameInSteps(a, to: none, in: folder, .keeping))
        #expect(try scene.read("none") == "own" && scene.read("own") == "1")
    }
}
