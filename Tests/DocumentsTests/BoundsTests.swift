import AgentOSCore
import TestSupport
import Testing

@testable import Documents

@Suite("YAML that attacks")
struct BoundsTests {
    /// Ten aliases a level: `levels` lines stand for 10^levels values.
    private func laughs(_ levels: Int) -> String {
        var text = "goal: g\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...levels {
            let item = "*a\(level - 1)"
            text += "a\(level): &a\(level) [\(Array(repeating: item, count: 10).joined(separator: ", "))]\n"
        }
        return text
    }

    @Test("A billion laughs are one fault with its line and key")
    func billionLaughs() {
        let wanted = "aliases expand to too many values; write the values out"
        let found = faults(session: laughs(9))
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix(wanted) == true, "\(found)")
        #expect(found.first?.hasPrefix("session.yaml:") == true)
    }

    @Test("Bombs made of keys, which the parser compares whole, are stopped before it sees them")
    func keys() {
        var nested = "k0: &k0 [x, x]\n"
        for level in 1...60 { nested += "? &k\(level) [*k\(level - 1), *k\(level - 1)]\n: 1\n" }
        #expect(faults(session: "goal: g\n" + nested).count == 1)
        var flow = "k0: &k0 [x, x]\n"
        for level in 1...60 { flow += "k\(level): &k\(level) {[*k\(level - 1), *k\(level - 1)], b}\n" }
        #expect(faults(session: "goal: g\n" + flow).count == 1)
    }

    @Test("A long chain of aliases is stopped; many aliases of one small value are not")
    func chains() {
        var chain = "goal: g\nchain:\n- &a0 [x]\n"
        for level in 1...40_000 { chain += "- &a\(level) [*a\(level - 1)]\n" }
        #expect(faults(session: chain).count == 1)
        let gates = (1...500).map { "  - {name: g\($0), run: *run}\n" }.joined()
        #expect(faults(session: "goal: g\nsetup: {run: &run make}\ngates:\n\(gates)").isEmpty)
    }

    @Test("Deep nesting is a fault, in brackets and by indentation")
    func depth() {
        let brackets = String(repeating: "[", count: 100_000)
        #expect(
            faults(session: "goal: g\ngates: \(brackets)\n")
                == [
                    "session.yaml:2: gates: nested more than 64 levels deep; close the brackets, or quote the text"
                ])
        #expect(
            faults(
                session: "goal: g\ngates: " + String(repeating: "{", count: 60)
                    + String(repeating: "}", count: 60)
            ).count == 1)
        let dashes = String(repeating: "- ", count: 900)
        let found = faults(session: "goal: g\ngates:\n\(dashes)x\n")
        #expect(found.count == 1)
        #expect(found.first?.contains("nested more than 32 levels deep") == true, "\(found)")
        #expect(
            faults(session: "goal: g\ngates:\n" + String(repeating: "- ", count: 100_000) + "x").count == 1)
        #expect(faults(session: String(repeating: "? ", count: 100_000)).count == 1)
    }

    @Test("Too large is a fault with the line where the limit lies")
    func size() throws {
        let line = "# " + String(repeating: "x", count: 97) + "\n"
        let text = "goal: g\n" + String(repeating: line, count: 21_000)
        #expect(text.utf8.count > 2_000_000)
        let wanted = "the file is larger than 1 MiB; split it"
        #expect(faults(session: text) == ["session.yaml:10487: goal: " + wanted])
        let folder = try TemporaryFolder()
        let path = try folder.write("big.yaml", text)
        #expect(throws: DocumentFaults.self) { try SessionDocument.read(path: path) }
        #expect(throws: DocumentFaults.self) { try SessionDocument.read(path: "/dev/zero") }
        let goal = String(repeating: "word ", count: 200_000)
        #expect(faults(session: "goal: \(goal)\n").isEmpty)
        let many = "goal: g\ntools: [" + String(repeating: "a,", count: 100_000) + "]\n"
        #expect(
            faults(session: many) == ["session.yaml:2: tools[49995]: more than 50000 values; make it smaller"]
        )
    }

    @Test("Prose that looks like anchors is only text")
    func prose() {
        let code = "goal: |\n" + String(repeating: "  f(&buf, *buf); what ? [INFO] {a}\n", count: 200)
        #expect(faults(session: code).isEmpty)
    }

    @Test("Random bytes never crash and never hang")
    func randomBytes() {
        var random = Random(seed: 7)
        for _ in 0..<3000 {
            let bytes = (0..<random.below(200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            attempt(bytes)
            let alphabet = Array("goal: [{}]&*a!|>-?#'\"\\%@`,\n\t ~$<0é".utf8)
            attempt((0..<random.below(120)).map { _ in alphabet[random.below(alphabet.count)] })
        }
    }

    @Test("Mutations of a valid file never crash and never hang")
    func mutations() {
        let valid = Array(
            """
            name: fix
            goal: |
              Make it pass.
            workspace: {copy: ./repo, include: [".env"]}
            setup: {run: "npm ci", network: all, timeout: 10m}
            limits: &l {cost: 0.50, time: 20m}
            gates:
              - {name: tests, run: 'make "x"', timeout: 5m}
              - name: two
                run: >-
                  a
                  b ${set.x}
            deliverables: ["report.json", *l]
            """.utf8)
        let pieces = [
            "\t", "&a", "*a", "[", "]", "{", "}", "---\n", "? ", ": ", "- ", "\"", "'", "|\n", "!!x ",
            "${set.", "\u{0}", "\u{85}", "\r",
        ]
        var random = Random(seed: 11)
        for _ in 0..<3000 {
            var bytes = valid
            for _ in 0...random.below(4) {
                let at = random.below(bytes.count)
                switch random.below(4) {
                case 0: bytes.remove(at: at)
                case 1: bytes[at] = UInt8(truncatingIfNeeded: random.next())
                case 2: bytes.insert(contentsOf: Array(pieces[random.below(pieces.count)].utf8), at: at)
                default: bytes.removeSubrange(at..<min(bytes.count, at + random.below(40)))
                }
                if bytes.isEmpty { break }
            }
            attempt(bytes)
        }
    }

    private func attempt(_ bytes: [UInt8]) {
        do throws(DocumentFaults) {
            let config = try SessionDocument.parse(bytes, path: "f.yaml", set: ["x": "1"])
            #expect(!config.goal.isEmpty)
        } catch {
            #expect(!error.faults.isEmpty && error.lines.allSatisfy { !$0.contains("\n") })
        }
    }
}

/// Numbers from a seed.
struct Random {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
    mutating func below(_ bound: Int) -> Int { bound <= 0 ? 0 : Int(next() % UInt64(bound)) }
}
