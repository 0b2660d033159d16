import AgentOSCore
import FoundationEssentials
import TestSupport
import Testing

/// The example of docs/context.md runs as it stands there.
@Suite(.serialized) struct ContextDocumentTests {
    private static let root = String(
        #filePath.dropLast("/Tests/ProgramTests/ContextDocumentTests.swift".count))

    @Test func theExampleRuns() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let marks = ["config.yaml", "replies.jsonl", "long.yaml"]
            let files = try Self.files(marks)
            for name in marks { try folder.write(name, try #require(files[name], "\(name)")) }
            let commands = try #require(files["sh"]).split(separator: "\n").map { line in
                line.prefix { $0 != "#" }.split(separator: " ").dropFirst()
            }
            #expect(commands.count == 4)
            var said = ""
            for words in commands {
                let command = Self.unquoted(words.joined(separator: " "))
                let ended = try ChildProgram.run(command, folder: folder)
                #expect(
                    ended.code == 0, "agentos \(command.joined(separator: " ")): \(ended.out)\(ended.err)")
                said += ended.out
            }
            #expect(said.contains("context compacted: ") && said.contains("session.compacted"), "\(said)")
            #expect(said.contains("Numbers up to a thousand were printed"))
            #expect(!said.contains(#""type":"session.context""#))
        }
    }

    /// The block after the line that names each file, and the commands under `sh`.
    private static func files(_ names: [String]) throws -> [String: String] {
        let text = try String(contentsOf: URL(filePath: root + "/docs/context.md"), encoding: .utf8)
        var (files, name, isInside): ([String: String], String?, Bool) = ([:], nil, false)
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                if !isInside, line == "```sh" { name = "sh" }
                if isInside { name = nil }
                isInside.toggle()
            } else if isInside, let name {
                files[name, default: ""] += line + "\n"
            } else if let named = names.first(where: { line == "`\($0)`:" }) {
                name = named
            }
        }
        return files
    }

    /// Words as a shell takes them, with single and double quotes.
    private static func unquoted(_ line: String) -> [String] {
        var (words, word, quote): ([String], String, Character?) = ([], "", nil)
        for character in line {
            if character == quote {
                quote = nil
            } else if quote == nil, character == "'" || character == "\"" {
                quote = character
            } else if quote == nil, character == " " {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        return word.isEmpty ? words : words + [word]
    }
}
