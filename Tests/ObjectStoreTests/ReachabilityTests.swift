import AgentOSCore
import Glibc
import ObjectStore
import TestSupport
import Testing

@Suite struct ReachabilityTests {
    @Test func whatNothingNamesGoesAndTheRestStays() throws {
        let folder = try TemporaryFolder()
        let store = try ObjectStore(root: folder.file("objects"), tenant: .main)
        func file(_ name: String, _ text: String) throws -> TreeEntry {
            let blob = try store.put(Array(text.utf8))
            return TreeEntry(
                name: Array(name.utf8), kind: .file, mode: 0o644, size: Int64(text.utf8.count),
                digest: try #require(Digest(blob)))
        }
        let inner = try store.put(Tree([try file("a", "one")]))
        let kept = try store.put(
            Tree([
                try file("b", "two"),
                TreeEntry(
                    name: Array("d".utf8), kind: .folder, mode: 0o755, size: 0,
                    digest: try #require(Digest(inner))),
            ]))
        let lost = try store.put(Tree([try file("c", "three"), try file("b", "two")]))
        let young = try store.put(Array("young".utf8))
        var seen: Set<Digest> = []
        let found = try store.reach([try #require(Digest(kept))], into: &seen)
        #expect(Set(found) == seen && seen.count == 4)
        let now = Timestamp(milliseconds: Int64(time(nil)) * 1000)
        let all = try store.inventory()
        #expect(all.count == 7)
        // Everything but one is made old.
        for object in all where object.digest != Digest(young) { try age(object, store) }
        let aged = try store.inventory()
        let (count, bytes) = try store.remove(
            aged.filter { !seen.contains($0.digest) }, untouchedSince: now.adding(milliseconds: -3_600_000))
        #expect(count == 2)
        #expect(bytes > 5)
        let stays = try #require(Digest(young))
        #expect(!store.holds(lost) && store.holds(kept) && store.contains(stays))
        #expect(try store.entries(of: kept).count == 3)
    }

    /// Who stores what is there already is about to name it: it is not old any more.
    @Test func whatIsStoredAgainIsYoungAgain() throws {
        let folder = try TemporaryFolder()
        let store = try ObjectStore(root: folder.file("objects"), tenant: .main)
        let blob = try store.put(Array("again".utf8))
        try age(try #require(try store.inventory().first), store)
        let old = try store.inventory()
        #expect(try store.put(Array("again".utf8)) == blob)
        let now = Timestamp(milliseconds: Int64(time(nil)) * 1000)
        let (count, _) = try store.remove(old, untouchedSince: now.adding(milliseconds: -3_600_000))
        #expect(count == 0)
        #expect(try store.get(blob) == Array("again".utf8))
    }

    @Test func aDamagedTreeStopsTheCount() throws {
        let folder = try TemporaryFolder()
        let store = try ObjectStore(root: folder.file("objects"), tenant: .main)
        let tree = try store.put(
            Tree([TreeEntry(name: [0x61], kind: .file, mode: 0o644, size: 0, digest: Digest(hashing: []))]))
        let hex = Array(tree.rawValue)
        let path = "\(store.folder)/\(String(hex[..<2]))/\(String(hex[2...]))"
        #expect(truncate(path, 20) == 0)
        var seen: Set<Digest> = []
        let root = try #require(Digest(tree))
        #expect(throws: Fault.self) { try store.reach([root], into: &seen) }
    }

    private func age(_ object: StoredObject, _ store: ObjectStore) throws {
        let hex = Array(object.digest.hex)
        let path = "\(store.folder)/\(String(hex[..<2]))/\(String(hex[2...]))"
        let times = [timespec(tv_sec: 1_000_000, tv_nsec: 0), timespec(tv_sec: 1_000_000, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, path, times, 0) == 0)
    }
}
