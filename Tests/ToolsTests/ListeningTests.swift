import AgentOSCore
import FoundationEssentials
import TestSupport
import Testing

@testable import Tools

/// Commands that are listened to, in each layer of this machine.
@Suite(.serialized) struct ListeningTests {
    @Test(
        "all of the output is heard, errors are kept, and secrets stand on no command line",
        arguments: Layers.all)
    func everythingIsHeard(_ layer: SandboxLayer) async throws {
        let folder = try TemporaryFolder()
        try folder.write("workspace/in", "")
        var command = ConfinedCommand(
            shell:
                "cat; printf %s \"$SECRET\"; head -c 3000000 /dev/zero; echo complaint >&2; tr '\\0' ' ' </proc/$$/cmdline",
            workspace: folder.file("workspace"), spool: folder.file("spool"))
        command.secrets = ["SECRET": "hush-hush-word"]
        let heard = Heard()
        let result = try await Layers.sandbox(layer).listen(to: command) { heard.add(Array($0)) }
        #expect(result.exit == 0 && heard.text.utf8.count > 3_000_014)
        #expect(heard.text.hasPrefix("hush-hush-word\0"))
        #expect(!heard.text.dropFirst(14).contains("hush-hush-word"))
        #expect(String(decoding: ConfinedResult.output(in: command.spool), as: UTF8.self) == "complaint\n")
    }

    @Test("a cancelled command ends though nobody reads what it writes", arguments: Layers.all)
    func cancelled(_ layer: SandboxLayer) async throws {
        let folder = try TemporaryFolder()
        try folder.write("workspace/in", "")
        let command = ConfinedCommand(
            shell: "echo begun; sleep 300", workspace: folder.file("workspace"), spool: folder.file("spool"))
        let (words, inbox) = AsyncStream.makeStream(of: Void.self)
        let sandbox = try Layers.sandbox(layer)
        let result = try await withThrowingTaskGroup(of: ConfinedResult.self) { group in
            group.addTask { try await sandbox.listen(to: command) { _ in inbox.yield() } }
            _ = await words.first { true }
            group.cancelAll()
            return try await group.next()
        }
        #expect(result?.cancelled == true)
    }

    @Test("what a command is told it reads, and the end of it", arguments: Layers.all)
    func told(_ layer: SandboxLayer) async throws {
        let folder = try TemporaryFolder()
        try folder.write("workspace/in", "")
        let command = ConfinedCommand(
            shell: "read first; echo \"heard $first\"; wc -c; echo end",
            workspace: folder.file("workspace"), spool: folder.file("spool"))
        let (input, heard) = (CommandInput(), Heard())
        #expect(input.write(Array("one\n".utf8)))
        let result = try await Layers.sandbox(layer).listen(to: command, input: input) { bytes in
            heard.add(Array(bytes))
            // It answers before it is told the rest.
            guard heard.text == "heard one\n" else { return }
            for _ in 0..<30 { _ = input.write([UInt8](repeating: 0x61, count: 100_000)) }
            input.close()
        }
        #expect(result.exit == 0 && heard.text == "heard one\n3000000\nend\n", "\(result) \(heard.text)")
        #expect(!input.write([0x61]), "nothing is taken after the end")
    }

    @Test("a command that reads nothing holds nobody up", arguments: Layers.all)
    func deaf(_ layer: SandboxLayer) async throws {
        let folder = try TemporaryFolder()
        try folder.write("workspace/in", "")
        let command = ConfinedCommand(
            shell: "exec 0<&-; echo begun; sleep 300", workspace: folder.file("workspace"),
            spool: folder.file("spool"))
        let (words, inbox) = AsyncStream.makeStream(of: Void.self)
        let (input, sandbox) = (CommandInput(), try Layers.sandbox(layer))
        let piece = [UInt8](repeating: 0x61, count: CommandInput.limit / 4)
        #expect((0..<4).allSatisfy { _ in input.write(piece) } && !input.write(piece))
        let result = try await withThrowingTaskGroup(of: ConfinedResult.self) { group in
            group.addTask { try await sandbox.listen(to: command, input: input) { _ in inbox.yield() } }
            _ = await words.first { true }
            group.cancelAll()
            return try await group.next()
        }
        #expect(result?.cancelled == true)
    }
}
