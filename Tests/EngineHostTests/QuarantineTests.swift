import AgentOSCore
import EngineHost
import FoundationEssentials
import TestSupport
import Testing

@testable import Tools

@Suite("INV-6: what runs by itself is set apart, what must not change does not", .serialized)
struct QuarantineTests {
    private static let command = """
        mkdir -p sub/.git/hooks .github/workflows deep .claude; echo evil > sub/.git/hooks/x; echo on > .github/workflows/x.yml; \
        echo new > deep/.envrc; echo bad > .envrc; rm -f .claude/settings.json; echo bad > .claude/more; echo two > a.txt; true
        """
    private static let gate =
        "test ! -e sub/.git && test -e .github/workflows/x.yml && grep -qx safe .envrc && test ! -e .claude/more"
    private static let apart = [".github/workflows/x.yml", "deep/.envrc", "sub/.git"]

    /// Makes the home remember that this layer is the one that proved itself.
    private static func force(_ layer: SandboxLayer, in world: World) async throws {
        let choice = await Sandbox.choose(helperPath: world.helper, preferred: layer, scratch: world.home)
        try #require(choice.sandbox != nil, "the layer \(layer) does not work on this machine")
        let memory = try JSONText.encode(ProbeMemory(helperPath: world.helper, probes: choice.probes))
        try Data(memory).write(to: URL(filePath: world.home + "/sandbox.json"))
    }

    @Test("whatever the layer", arguments: SandboxLayer.candidates) func setApart(_ layer: SandboxLayer)
        async throws
    {
        let world = try World()
        try world.folder.write("program/a.txt", "one\n")
        try world.folder.write("program/.envrc", "safe\n")
        try world.folder.write("program/.claude/settings.json", "{}\n")
        try await Self.force(layer, in: world)
        let call = try JSONText.string(JSONValue.object(["command": .string(Self.command)]))
        let host = try await world.host(replies: [
            #"{"tool_calls":[{"name":"shell","arguments":\#(call)}]}"#, #"{"text":"Done."}"#,
        ])
        var config = SessionConfig(name: "quarantine", goal: "Make it two.")
        config.workspace = .copy(path: world.folder.file("program"), include: [])
        config.gates = [GateConfig(name: "apart", kind: .run(command: Self.gate, timeout: 600_000))]
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            let detail = try await client.wait(id, for: .complete, .failed, .paused)
            #expect(detail.summary.state == .complete && detail.layer == layer.description, "\(detail)")
            #expect(detail.quarantined == Self.apart)
            let checkpoints = try await client.ask(SessionCheckpoints(id: id))
            #expect(checkpoints.first?.quarantined == nil && checkpoints.last?.quarantined == Self.apart)
            let inbox = try await client.ask(InboxList())
            #expect(
                inbox.waiting.first?.text.contains(" · 3 quarantined · gates 1/1") == true, "\(inbox.waiting)"
            )
            let diff = try await client.ask(SessionDiff(id: id))
            #expect(
                diff.files.map(\.path) == [
                    ".github/workflows/x.yml", "a.txt", "deep/.envrc", "sub/.git/hooks/x",
                ])
            #expect(diff.files.map(\.isQuarantined) == [true, false, true, true])
            let notes = try await client.ask(SessionTranscript(id: id)).filter { $0.kind == .note }.map(
                \.title)
            #expect(
                notes.contains { $0.hasPrefix("3 paths that run by themselves are quarantined") }, "\(notes)")
            #expect(notes.contains { $0.contains("were put back") } == (layer != .bubblewrap), "\(notes)")
            await #expect(throws: Fault.self) { try await client.order("session.apply", id, ["here": true]) }
            #expect(try world.folder.read("program/a.txt") == "one\n")
            try await client.order("session.apply", id, ["here": true, "only": ["a.txt"]])
            #expect(
                try world.folder.read("program/a.txt") == "two\n"
                    && world.folder.read("program/.envrc") == "safe\n")
            let names = try FileManager.default.contentsOfDirectory(atPath: world.folder.file("program"))
            #expect(names.sorted() == [".claude", ".envrc", "a.txt"])
        }
        host.close()
    }
}
