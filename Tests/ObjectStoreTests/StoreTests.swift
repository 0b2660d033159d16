import AgentOSCore
import FoundationEssentials
import ObjectStore
import TestSupport
import Testing

@Suite("Object store") struct StoreTests {
    let folder: TemporaryFolder
    let store: ObjectStore

    init() throws {
        folder = try TemporaryFolder()
        store = try ObjectStore(root: folder.file("objects"), tenant: .main)
    }

    @Test func aBlobComesBackByItsHash() throws {
        let id = try store.put(Array("hello\n".utf8))
        #expect(id.rawValue == "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03")
        #expect(try store.get(id) == Array("hello\n".utf8))
        #expect(try store.put(Array("hello\n".utf8)) == id)
        #expect(try store.get(store.put([])) == [])
        let mode = try FileManager.default.attributesOfItem(atPath: store.folder)[.posixPermissions] as? Int
        #expect(mode == 0o700)
    }

    @Test("INV-1: tenants do not see one another's objects") func tenantsAreApart() throws {
        let other = try ObjectStore(root: folder.file("objects"), tenant: TenantID("acme"))
        let id = try store.put([1, 2, 3])
        #expect(throws: Fault.self) { try other.get(id) }
        #expect(throws: Fault.self) {
            try ObjectStore(root: folder.file("objects"), tenant: TenantID("../x"))
        }
    }

    @Test("A torn or missing object is one fault that names it, and storing it again mends a short one")
    func tornObjects() throws {
        let bytes = Array("important".utf8)
        let id = try store.put(bytes)
        let path = store.folder + "/" + id.rawValue.prefix(2) + "/" + id.rawValue.dropFirst(2)
        try Data("imp0rtant".utf8).write(to: URL(filePath: path))
        let damaged = #expect(throws: Fault.self) { try store.get(id) }
        #expect(damaged?.message.contains(id.rawValue) == true)
        #expect(damaged?.message.contains("damaged") == true)
        try Data("imp".utf8).write(to: URL(filePath: path))
        #expect(try store.put(bytes) == id)
        #expect(try store.get(id) == bytes)
        try FileManager.default.removeItem(atPath: path)
        let missing = #expect(throws: Fault.self) { try store.get(id) }
        #expect(missing?.message.contains("missing") == true)
        #expect(throws: Fault.self) { try store.get(BlobID("../../etc/passwd")) }
    }

    @Test(arguments: [3, 200]) func aBatchIsStoredAtItsCommit(count: Int) throws {
        let batch = ObjectBatch(store: store)
        let digests = try (0..<count).map { try batch.add(Array("object \($0)".utf8)) }
        #expect(digests.allSatisfy { !store.contains($0) })
        try batch.commit()
        for (index, digest) in digests.enumerated() {
            #expect(try store.get(digest) == Array("object \(index)".utf8))
        }
    }

    @Test func aDroppedBatchLeavesNothing() throws {
        do {
            let batch = ObjectBatch(store: store)
            try batch.add([1])
            #expect(try FileManager.default.contentsOfDirectory(atPath: store.folder + "/tmp").count == 1)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: store.folder + "/tmp").isEmpty)
        try Data([1]).write(to: URL(filePath: store.folder + "/tmp/left"))
        try store.sweep()
        #expect(try FileManager.default.contentsOfDirectory(atPath: store.folder + "/tmp").isEmpty)
    }

    @Test func changesListWhatDiffers() throws {
        let batch = ObjectBatch(store: store)
        func file(_ text: String, _ mode: UInt16 = 0o644) throws -> TreeEntry {
            let bytes = Array(text.utf8)
            return TreeEntry(
                name: [], kind: .file, mode: mode, size: Int64(bytes.count), digest: try batch.add(bytes))
        }
        let old = try store.putTree(
            of: [("a", file("1")), ("b/c", file("2")), ("b/d/e", file("3")), ("same/x", file("4"))], in: batch
        )
        let new = try store.putTree(
            of: [("a", file("1", 0o755)), ("b/c", file("2")), ("b/d", file("5")), ("same/x", file("4"))],
            in: batch)
        try batch.commit()
        let changes = try store.changes(from: old.tree, to: new.tree)
        #expect(changes.map(\.path.description) == ["a", "b/d", "b/d/e"])
        #expect(changes.last?.after == nil)
        #expect(try store.entry(at: "b/d/e", in: old.tree)?.size == 1)
        #expect(try store.entry(at: "b/d/e", in: new.tree) == nil)
        #expect(try store.changes(from: old.tree, to: old.tree).isEmpty)
        #expect(try store.changes(from: Tree.emptyID, to: old.tree).count == 7)
    }
}
