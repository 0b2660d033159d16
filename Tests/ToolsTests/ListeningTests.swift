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
}
