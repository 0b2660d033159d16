import AgentOSCore
import ObjectStore
import Testing

/// A fixed-seed generator (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite("Trees and paths") struct TreeTests {
    private func randomName(_ random: inout Seeded) -> [UInt8] {
        let length = Int.random(in: 1...12, using: &random)
        return (0..<length).map { _ in
            let byte = UInt8.random(in: 1...255, using: &random)
            return byte == 0x2F || byte == 0x2E ? 0x61 : byte
        }
    }

    @Test func theByteFormRoundTripsAndIsCanonical() throws {
        var random = Seeded(state: 7)
        for _ in 0..<300 {
            let kinds: [TreeEntry.Kind] = [.file, .symlink, .folder, .oversize]
            let entries = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                TreeEntry(
                    name: randomName(&random), kind: kinds.randomElement(using: &random) ?? .file,
                    mode: UInt16.random(in: 0...0o777, using: &random),
                    size: Int64.random(in: 0...1 << 40, using: &random),
                    digest: Digest(hashing: randomName(&random)))
            }
            let tree = Tree(entries)
            #expect(Tree(encoded: tree.encoded) == tree)
            #expect(Tree(entries.reversed()).entries.map(\.name) == tree.entries.map(\.name))
            for entry in tree.entries { #expect(tree[entry.name] == entry) }
            #expect(tree[Array("absent/name".utf8)] == nil)
        }
    }

    @Test func damagedBytesNeverMakeADifferentTree() {
        var random = Seeded(state: 11)
        let tree = Tree(
            (0..<5).map { index in
                TreeEntry(
                    name: Array("file\(index)".utf8), kind: .file, mode: 0o644, size: Int64(index),
                    digest: Digest(hashing: [UInt8(index)]))
            })
        let bytes = tree.encoded
        for _ in 0..<3000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                damaged.removeLast(Int.random(in: 0..<damaged.count, using: &random))
            }
            if let read = Tree(encoded: damaged) { #expect(read.encoded == damaged) }
        }
    }

    @Test(arguments: ["..", ".", "", "a/b"]) func namesThatLeaveTheFolderAreNotRead(name: String) {
        let tree = Tree([
            TreeEntry(name: Array(name.utf8), kind: .file, mode: 0o644, size: 0, digest: Digest(hashing: []))
        ])
        #expect(Tree(encoded: tree.encoded) == nil)
        #expect(!TreePath(bytes: Array("x/".utf8) + Array(name.utf8) + Array("/../y".utf8)).isPlain)
    }

    @Test func pathsKeepEveryByte() throws {
        var random = Seeded(state: 3)
        for _ in 0..<500 {
            let path = TreePath(bytes: randomName(&random))
            let text = try JSONText.string([path])
            #expect(try JSONText.decode([TreePath].self, from: text) == [path])
        }
        let stand = TreePath("\u{10FF41}")
        #expect(try JSONText.decode([TreePath].self, from: JSONText.string([stand])) == [stand])
        #expect(TreePath("e\u{301}") != TreePath("\u{e9}"))
        #expect(TreePath(bytes: [0x61, 0xFF]).description == "a\\xff")
    }

    @Test func pathsOrderAsAWalk() {
        let walk: [TreePath] = ["a", "a/b", "a/b/c", "a-b", "a.b", "b"]
        #expect(walk.reversed().sorted() == walk)
        #expect(TreePath("a/b/c").ancestors == ["a", "a/b"])
        #expect(TreePath("a/b").parent == "a")
        #expect(TreePath("a").parent == .root)
        #expect(TreePath("a/b").isWithin("a"))
        #expect(!TreePath("ab").isWithin("a"))
    }

    @Test func digestsReadWhatTheyWrite() {
        let digest = Digest(hashing: Array("x".utf8))
        #expect(Digest(hex: digest.hexBytes[...]) == digest)
        #expect(Digest(bytes: digest.bytes) == digest)
        #expect(Digest(hex: Array("ABC".utf8)[...]) == nil)
    }
}
