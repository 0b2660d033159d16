import AgentOSCore
import FoundationEssentials
import TestSupport
import Testing

/// The documents tell the truth: their commands run, and the manual knows every command.
@Suite(.serialized) struct ReadmeTests {
    private static let root = String(#filePath.dropLast("/Tests/ProgramTests/ReadmeTests.swift".count))

    /// The lines of the README's blocks of one language.
    private static func lines(of language: String) throws -> [Substring] {
        let text = try String(contentsOf: URL(filePath: root + "/README.md"), encoding: .utf8)
        var isInside = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            guard line.hasPrefix("```") else { return isInside }
            isInside = line == "```" + language
            return false
        }
    }

    @Test func everyCommandOfTheReadmeRuns() async throws {
        try await onThread {
            let commands = try Self.lines(of: "sh").filter { $0.hasPrefix("agentos ") }
                .map { line in line.prefix { $0 != "#" }.split(separator: " ").dropFirst().map { String($0) }
                }
            #expect(commands.count >= 10)
            let folder = try TemporaryFolder()
            try folder.write("config.yaml", try Self.lines(of: "yaml").joined(separator: "\n"))
            try FileManager.default.copyItem(
                atPath: Self.root + "/examples", toPath: folder.file("examples"))
            let keys = ["ANTHROPIC", "OPENAI", "GEMINI", "MISTRAL"].map { ("\($0)_API_KEY", "not-a-key") }
            let environment = Dictionary(keys, uniquingKeysWith: { first, _ in first })
            for command in [["config", "check"]] + commands {
                let ended = try ChildProgram.run(command, folder: folder, environment: environment)
                #expect(
                    ended.code == 0, "agentos \(command.joined(separator: " ")): \(ended.out)\(ended.err)")
            }
            #expect(try folder.read("mended/duration.sh") != folder.read("examples/tour/program/duration.sh"))
        }
    }

    @Test func theManualNamesEveryCommand() async throws {
        try await onThread {
            let manual = try String(contentsOf: URL(filePath: Self.root + "/docs/agentos.1"), encoding: .utf8)
            let bare = ["\\fB", "\\fR", "\\fI", "|", ","].reduce(manual) { $0.replacing($1, with: " ") }
            let words = Set(bare.split(whereSeparator: \.isWhitespace).map { String($0) })
            let dump = try ChildProgram.run(["--experimental-dump-help"], folder: try TemporaryFolder())
            let nouns = try #require(dump.json?["command"]?["subcommands"]?.array)
            #expect(nouns.count >= 10)
            for command in nouns.flatMap({ [$0] + ($0["subcommands"]?.array ?? []) }) {
                // `events` alone prints them; its verb need not be known.
                guard let name = command["commandName"]?.string, name != "help", name != "print" else {
                    continue
                }
                #expect(words.contains(name), "docs/agentos.1 does not name \(name)")
            }
        }
    }
}
