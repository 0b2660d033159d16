import AgentOSCore
import ObjectStore
import Testing

@testable import Workspaces

@Suite("Differences and merges of text") struct MergeTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func randomText(_ random: inout Seeded, lines: Int, from words: Int) -> [UInt8] {
        let text = (0..<Int.random(in: 0...lines, using: &random)).map { _ in
            "w\(Int.random(in: 0..<words, using: &random))\n"
        }
        .joined()
        return Array((Bool.random(using: &random) ? text : text + "end").utf8)
    }

    private func edited(_ text: [UInt8], _ random: inout Seeded) -> [UInt8] {
        let lines = Lines(text)
        var out: [UInt8] = []
        for line in 0..<lines.count {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: continue
            case 1: out += bytes("new\(Int.random(in: 0..<3, using: &random))\n") + lines[line]
            case 2: out += bytes("changed\n")
            default: out += lines[line]
            }
        }
        return out
    }

    /// Applies changes: the new text again.
    private func apply(_ changes: [LineChange], _ old: Lines, _ new: Lines) -> [UInt8] {
        var out: [UInt8] = []
        var done = 0
        for change in changes {
            out += old.slice(done..<change.old.lowerBound) + new.slice(change.new)
            done = change.old.upperBound
        }
        return out + old.slice(done..<old.count)
    }

    @Test func changesMakeTheNewTextOfTheOld() {
        var random = Seeded(state: 1)
        for _ in 0..<600 {
            let old = randomText(&random, lines: 30, from: 8)
            let new =
                Bool.random(using: &random) ? edited(old, &random) : randomText(&random, lines: 30, from: 8)
            let (left, right) = (Lines(old), Lines(new))
            let changes = LineDiff.changes(from: left, to: right)
            #expect(apply(changes, left, right) == new)
            for (first, second) in zip(changes, changes.dropFirst()) {
                #expect(
                    first.old.upperBound < second.old.lowerBound
                        && first.new.upperBound < second.new.lowerBound)
            }
        }
    }

    @Test func theShortestEditIsFound() {
        let changes = LineDiff.changes(
            from: Lines(bytes("a\nb\nc\na\nb\nb\na\n")), to: Lines(bytes("c\nb\na\nb\na\nc\n")))
        #expect(changes.reduce(0) { $0 + $1.old.count + $1.new.count } == 5)
        #expect(
            LineDiff.changes(from: Lines([]), to: Lines(bytes("x"))) == [LineChange(old: 0..<0, new: 0..<1)])
    }

    @Test func textsWithNothingInCommonAreBounded() {
        let old = Array(
            (0..<6000).map { "old \($0)\n" + ($0 % 500 == 0 ? "same \($0)\n" : "") }.joined().utf8)
        let new = Array(
            (0..<6000).map { "new \($0)\n" + ($0 % 500 == 0 ? "same \($0)\n" : "") }.joined().utf8)
        let changes = LineDiff.changes(from: Lines(old), to: Lines(new))
        #expect(apply(changes, Lines(old), Lines(new)) == new)
        #expect(changes.reduce(0) { $0 + $1.old.count } == 6000)
    }

    @Test func mergingKeepsBothSides() {
        let base = bytes("1\n2\n3\n4\n5\n6\n7\n")
        let ours = bytes("one\n2\n3\n4\n5\n6\n7\n")
        let theirs = bytes("1\n2\n3\n4\n5\nsix\n7\n8\n")
        #expect(
            Merge3.merge(base: base, ours: ours, theirs: theirs)
                == .merged(bytes("one\n2\n3\n4\n5\nsix\n7\n8\n")))
    }

    @Test func aConflictNamesItsLinesAndShowsBothSides() {
        let result = Merge3.merge(
            base: bytes("a\nb\nc\nd\n"), ours: bytes("a\nmine\nc\nd\n"), theirs: bytes("a\ntheirs\nc\nd\n"))
        #expect(
            result
                == .conflicts([
                    ConflictHunk(
                        line: 2, count: 1, text: "<<<<<<< now\nmine\n=======\ntheirs\n>>>>>>> session\n")
                ]))
    }

    @Test func mergeLaws() {
        var random = Seeded(state: 2)
        for _ in 0..<600 {
            let base = randomText(&random, lines: 25, from: 12)
            let ours = edited(base, &random)
            let theirs = edited(base, &random)
            #expect(Merge3.merge(base: base, ours: ours, theirs: base) == .merged(ours))
            #expect(Merge3.merge(base: base, ours: base, theirs: theirs) == .merged(theirs))
            #expect(Merge3.merge(base: base, ours: ours, theirs: ours) == .merged(ours))
            let one = Merge3.merge(base: base, ours: ours, theirs: theirs)
            let other = Merge3.merge(base: base, ours: theirs, theirs: ours)
            switch (one, other) {
            case (.merged(let left), .merged(let right)):
                #expect(left == right)
                let kept = Set((0..<Lines(left).count).map { Array(Lines(left)[$0]) })
                let known = [base, ours, theirs].flatMap { text in
                    (0..<Lines(text).count).map { Array(Lines(text)[$0]) }
                }
                #expect(kept.isSubset(of: Set(known)))
            case (.conflicts(let left), .conflicts(let right)): #expect(left.count == right.count)
            case (.merged, .conflicts), (.conflicts, .merged): Issue.record("the sides are not treated alike")
            }
        }
    }

    @Test func theDiffOfTwoTrees() throws {
        let scene = try Scene()
        let batch = ObjectBatch(store: scene.store)
        func entry(_ text: String, _ mode: UInt16 = 0o644, _ kind: TreeEntry.Kind = .file) throws -> TreeEntry
        {
            let content = bytes(text)
            return TreeEntry(
                name: [], kind: kind, mode: mode, size: Int64(content.count), digest: try batch.add(content))
        }
        let old = try scene.store.putTree(
            of: [
                ("bin", entry("a\u{0}b")), ("gone", entry("x\n")), ("mode", entry("m")),
                ("text", entry("1\n2\n3")),
                ("turned", entry("f\n")), (".git/index", entry("1")),
            ], in: batch)
        let new = try scene.store.putTree(
            of: [
                ("bin", entry("a\u{0}c")), ("dir/new", entry("n\n")), ("mode", entry("m", 0o755)),
                ("text", entry("1\nzwei\n3")),
                ("turned", entry("to", 0, .symlink)), (".git/index", entry("2")),
            ], in: batch)
        try batch.commit()
        let diff = try Workspaces.diff(old.tree, new.tree, in: scene.store, leavingOut: [".git"])
        #expect(
            diff.files.map { "\($0.path) \($0.change) +\($0.added) -\($0.removed) \($0.isBinary)" } == [
                "bin modified +0 -0 true", "dir/new added +1 -0 false", "gone deleted +0 -1 false",
                "mode mode +0 -0 false",
                "text modified +1 -1 false", "turned type +1 -1 false",
            ])
        #expect(
            diff.files[4].text == """
                diff --git a/text b/text
                --- a/text
                +++ b/text
                @@ -1,3 +1,3 @@
                 1
                -2
                +zwei
                 3
                \\ No newline at end of file

                """)
    }
}
