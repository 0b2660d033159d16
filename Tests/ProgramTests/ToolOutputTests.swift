import AgentOSCore
import FoundationEssentials
import TestSupport
import Testing

/// What a tool writes, as a person reads it (INV-8).
@Suite(.serialized) struct ToolOutputTests {
    @Test func escapesNULsBrokenUTF8AndNoNewlineAreShownAsText() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write(
                "config.yaml",
                "providers: {play: {kind: rehearsal, file: replies.jsonl}}\nmodels: {default: [play/any]}\n")
            let command =
                #"printf 'a\\033[2Jb\\000c\\377d\\302\\2332Je\\rf\\033]0;title\\007end'; head -c 3000000 /dev/zero"#
            try folder.write(
                "replies.jsonl",
                #"{"tool_calls":[{"name":"shell","arguments":{"command":"\#(command)"}}]}"# + "\n"
                    + #"{"text":"Done \\u001b[31mred."}"# + "\n")
            try folder.write("src/a.txt", "a\n")
            let ended = try ChildProgram.run(["run", "print it", "--in", "src", "--wait"], folder: folder)
            #expect(ended.code == 0, "\(ended)")
            for words in [
                ["session", "log", "print-it"], ["events", "--json"],
                ["session", "log", "print-it", "--json"],
            ] {
                let shown = try ChildProgram.run(words, folder: folder)
                let bad = (shown.out + shown.err).unicodeScalars.filter {
                    $0 != "\n" && $0.properties.generalCategory == .control
                }
                #expect(
                    shown.code == 0 && bad.isEmpty && shown.out.contains("end"),
                    "\(words): \(shown.out.prefix(2000))")
            }
            let log = try ChildProgram.run(["session", "log", "print-it"], folder: folder).out
            #expect(
                log.utf8.count < 10_000 && log.contains("of 3000030 bytes are not shown"),
                "\(log.prefix(3000))")
            #expect(ended.out.unicodeScalars.allSatisfy { $0 != "\u{1B}" })
        }
    }
}
