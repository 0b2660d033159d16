import AgentOSCore
import EngineHost
import TestSupport
import Testing

@Suite(.serialized) struct GateKindsRunTests {
    @Test("gates of every kind look at the same files, and the person is asked last")
    func everyKind() async throws {
        let world = try World()
        try world.folder.write("program/test.sh", "echo 'Ran 1 tests in 0.1s'; grep -q good a.txt\n")
        try world.folder.write("program/s.json", #"{"type":"object","required":["ok"]}"#)
        try world.folder.write("program/a.txt", "bad\n")
        let host = try await world.host(replies: [
            // Bends the test and the schema instead of doing the work.
            #"{"tool_calls":[{"name":"write","arguments":{"path":"test.sh","content":"echo 'Ran 1 tests in 0.1s'"}},{"name":"write","arguments":{"path":"s.json","content":"true"}},{"name":"write","arguments":{"path":"r.json","content":"{}"}}]}"#,
            #"{"text":"Done."}"#,
            #"{"tool_calls":[{"name":"write","arguments":{"path":"a.txt","content":"good TODO"}},{"name":"write","arguments":{"path":"r.json","content":"{\"ok\":1}"}}]}"#,
            #"{"text":"Done."}"#,
            #"{"tool_calls":[{"name":"write","arguments":{"path":"a.txt","content":"good"}},{"name":"write","arguments":{"path":"notes/n.md","content":"n"}}]}"#,
            #"{"text":"Done."}"#,
        ])
        var config = SessionConfig(name: "all", goal: "Make it good.")
        config.workspace = .copy(path: world.folder.file("program"), include: [])
        config.gates = [
            GateConfig(name: "ship", kind: .human(question: "Ship it?")),
            GateConfig(
                name: "tests", kind: .run(command: "sh test.sh", timeout: 600_000), files: ["test.sh"]),
            GateConfig(name: "clean", kind: .match(MatchRule(files: "*.txt", never: "TODO"))),
            GateConfig(name: "report", kind: .schema(file: "r.json", schema: "s.json")),
            GateConfig(name: "small", kind: .diff(DiffLimits(maxFiles: 1)), required: false),
            GateConfig(name: "deliverables", kind: .present(files: ["r.json", "a.*", "notes/*.md"])),
        ]
        config.gateAttempts = 3
        try await world.running(host) { [config] client in
            let id = try await client.begin(config)
            var detail = try await client.wait(id, for: .paused, .complete, .failed, .rolledBack)
            #expect(detail.summary.state == .paused, "\(detail.summary.error ?? "")")
            let requests = detail.requests
            #expect(requests.map(\.text) == ["gate ship: Ship it?"])
            let inbox = try await client.ask(InboxList())
            #expect(inbox.waiting.map(\.kind) == [.approval])
            let red = try await client.ask(EventPage(type: "session.gate.failed")).map(\.payload)
            #expect(red.contains { $0.contains("exit 1") && $0.contains("test.sh") })
            #expect(red.contains { $0.contains("'ok' is missing") })
            #expect(red.contains { $0.contains("a.txt:1 match TODO") })
            #expect(red.contains { $0.contains("missing: notes/*.md") })
            #expect(red.contains { $0.contains("files changed, at most 1 allowed") })
            try await client.order(
                "inbox.answer", SessionID(requests.first?.itemId.rawValue ?? ""), ["answer": "yes"])
            detail = try await client.wait(id, for: .complete, .failed, .rolledBack)
            #expect(detail.summary.state == .complete)
            let gates = detail.summary.gates
            #expect(
                gates.filter { $0.required && $0.passed == true }.map(\.gate).sorted() == [
                    "clean", "deliverables", "report", "ship", "tests",
                ])
        }
        host.close()
    }
}
