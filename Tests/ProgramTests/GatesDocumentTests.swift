import AgentOSCore
import FoundationEssentials
import TestSupport
import Testing

/// `docs/gates.md` shows what happens: its commands run on `examples/gates`, offline.
@Suite(.serialized) struct GatesDocumentTests {
    private static let root = String(
        #filePath.dropLast("/Tests/ProgramTests/GatesDocumentTests.swift".count))

    @Test func everyCommandEndsAsItSays() async throws {
        try await onThread {
            let page = try String(contentsOf: URL(filePath: Self.root + "/docs/gates.md"), encoding: .utf8)
            let folder = try TemporaryFolder()
            try FileManager.default.copyItem(
                atPath: Self.root + "/examples/gates", toPath: folder.file("gates"))
            let block = try #require(page.split(separator: "```sh\n").dropFirst().first)
            let lines = block.prefix(upTo: try #require(block.range(of: "```")).lowerBound)
                .split(separator: "\n").filter { $0.hasPrefix("agentos ") }
            #expect(lines.count == 7)
            var told = ""
            for line in lines {
                let parts = line.split(separator: "#", maxSplits: 1)
                let words = parts[0].split(separator: " ").dropFirst().map { word in
                    word == "config.yaml" || word.hasSuffix("polite.yaml") || word.hasSuffix("ship.yaml")
                        ? "gates/\(word)" : String(word)
                }
                let note = parts.count > 1 ? parts[1].split(separator: " ").map(String.init) : []
                let wanted = note.first == "exit" ? Int32(note[1].prefix { $0.isNumber }) ?? 0 : 0
                let ended = try ChildProgram.run(words, folder: folder)
                #expect(ended.code == wanted, "\(line): \(ended.out)\(ended.err)")
                told += ended.out + ended.err
            }
            #expect(told.contains("Ran 1 tests") && told.contains("gate tests of "), "\(told)")
            #expect(told.contains("inbox answer "))
            let shown = try ChildProgram.run(
                ["--config", "gates/config.yaml", "session", "show", "polite", "--json"], folder: folder)
            let gates = shown.json?["gates"]?.array ?? []
            #expect(gates.count == 6 && gates.allSatisfy { $0["passed"] == true }, "\(gates)")
            #expect(shown.json?["turns"] == 4)
            // Nobody is asked twice: the answer is in the log, and it is the gate's result.
            let audit = try ChildProgram.run(
                ["--config", "gates/config.yaml", "session", "audit", "polite", "--json"], folder: folder)
            let votes = (audit.json?["models"]?.array ?? []).filter { $0["judge"]?.object != nil }
            #expect(votes.count == 7, "\(votes.count)")
        }
    }

    @Test func byHandEndsWithItsCode() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try FileManager.default.copyItem(
                atPath: Self.root + "/examples/gates", toPath: folder.file("gates"))
            func run(_ words: String...) throws -> ChildProgram.Ended {
                try ChildProgram.run(["--config", "gates/config.yaml"] + words, folder: folder)
            }
            #expect(try run("session", "run", "gates/polite.yaml", "--wait").code == 0)
            let json = try run("gate", "run", "polite", "tests", "--json")
            #expect(json.code == 0 && json.json?["passed"] == true && json.json?["gate"] == "tests")
            #expect(json.json?["output"]?.string?.contains("Ran 1 tests") == true)
            // The critic has said all that it has to say: no vote, no green.
            let judge = try run("gate", "run", "polite", "short")
            #expect(judge.code == 1 && judge.out.contains("no vote"), "\(judge.out)\(judge.err)")
            #expect(try run("gate", "run", "nobody", "tests").code == 4)
            let made = try run("session", "create", "gates/ship.yaml")
            #expect(made.code == 0)
            #expect(try run("gate", "run", "ship", "ready").code == 3)
            #expect(try run("do", "gate.run", "polite", "noted").code == 0)
        }
    }
}
