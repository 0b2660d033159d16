import AgentOSCore
import EngineHost
import EventLog
import FoundationEssentials
import TestSupport
import Testing

@testable import Pulse

/// What an audit tells, and that it can be checked by whoever has only the file.
@Suite(.serialized) struct AuditTests {
    static let canary = "canary-5f1c9a77e2"

    /// A session that reads, asks, edits, fails a gate, mends it and is applied, beside another one.
    static func audited(_ body: (World, EngineClient, SessionID) async throws -> Void) async throws {
        let world = try World()
        try world.folder.write("program/a.txt", "one\n")
        try world.folder.write(
            "replies.jsonl",
            [
                #"{"text":"Looking.","tool_calls":[{"name":"read","arguments":{"path":"a.txt"}}],"usage":{"input":10,"output":5}}"#,
                #"{"tool_calls":[{"name":"edit","arguments":{"path":"a.txt","old":"one","new":"three"}}],"usage":{"input":33,"output":7}}"#,
                #"{"text":"Done.","usage":{"input":1,"output":1}}"#,
                #"{"tool_calls":[{"name":"shell","arguments":{"command":"sed -i s/three/two/ a.txt; echo \#(canary) é"}}],"usage":{"input":1,"output":1}}"#,
                #"{"text":"Now it is two.","usage":{"input":20,"output":7}}"#,
            ].joined(separator: "\n") + "\n")
        let host = try await world.priced()
        var config = SessionConfig(name: "count", goal: "Make it two, not \(canary).")
        config.workspace = .copy(path: world.folder.file("program"), include: [])
        config.gates = [GateConfig(name: "two", kind: .run(command: "grep -qx two a.txt", timeout: 600_000))]
        config.gateAttempts = 2
        config.ask = .always
        config.allow = ["read *"]
        let client = host.client(as: world.person)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await host.run() }
            let id = try await client.begin(config)
            var ended = try await client.wait(id, for: .paused, .complete, .failed)
            while ended.summary.state == .paused {
                guard let item = ended.requests.first?.itemId else {
                    // The summary is older than the requests.
                    ended = try await client.wait(id, for: .paused, .complete, .failed)
                    continue
                }
                _ = try await client.perform(
                    Command(
                        id: "answer-\(item)", name: "inbox.answer",
                        arguments: ["id": .string(item.rawValue), "answer": "yes"]))
                ended = try await client.wait(id, for: .paused, .complete, .failed)
            }
            #expect(ended.summary.state == .complete, "\(ended.summary.error ?? "")")
            let other = try await client.begin(SessionConfig(name: "other", goal: "Look."))
            _ = try await client.wait(other, for: .complete, .failed, .paused)
            try await client.order("session.apply", id, ["here": true])
            do { try await body(world, client, id) } catch {
                await host.stop()
                throw error
            }
            await host.stop()
            try await group.waitForAll()
        }
        host.close()
    }

    @Test func anAuditTellsWhatWasAskedAllowedDoneAndTaken() async throws {
        try await Self.audited { world, client, id in
            let audit = try await client.ask(SessionAudit(id: id.rawValue))
            let shown = try await client.ask(SessionShow(id: id.rawValue))
            #expect(audit.verified && audit.state == .complete, "\(audit.damage ?? "")")
            #expect(audit.asked.map(\.what) == ["made", "started"] && audit.asked[0].actor.name == "ana")
            #expect(audit.config?.gates.count == 1 && audit.layers.count == 1)
            #expect(audit.models.count == 5 && audit.models.allSatisfy { $0.outcome == .answered })
            #expect(audit.models.allSatisfy { $0.prices == "2026-11-01" && $0.ledgerSeq != nil })
            #expect(audit.tools.map(\.tool) == ["read", "edit", "shell"])
            #expect(audit.tools.map(\.effect) == [.read, .confined, .confined])
            #expect(audit.tools[2].layer != nil && audit.tools[0].layer == nil)
            #expect(
                audit.tools.dropFirst().map(\.approval) == audit.approvals.map(\.itemId)
                    && audit.approvals.first?.answer == "yes")
            for call in audit.tools.dropFirst() {
                let change = try #require(call.change.map { audit.changes[$0] })
                #expect(change.calls == [call.callId] && change.files?.map(\.path) == ["a.txt"])
            }
            #expect(audit.tools[0].change == nil)
            #expect(audit.gates.map(\.passed) == [false, true])
            #expect(audit.left.map(\.what) == ["here"] && audit.left[0].actor.name == "ana")
            // The sums: to the last unit those of the session, of the ledger, and of the report.
            #expect(audit.totals.cost == shown.summary.costKnown && audit.totals.costKnown > .zero)
            #expect(audit.totals.ledger == audit.totals.costKnown)
            #expect(audit.models.compactMap(\.cost).reduce(.zero, +) == audit.totals.costKnown)
            #expect(audit.totals.usage == shown.summary.usage && audit.totals.turns == shown.summary.turns)
            #expect(audit.totals.usage == Usage(input: 65, output: 21))
            #expect(audit.totals.calls == 5 && audit.totals.tools == 3)
            let report = try await client.ask(CostReport(by: .session))
            let line = try #require(report.lines.first { $0.key == id.rawValue })
            #expect(line.cost == audit.totals.cost && line.calls == 5 && line.usage == audit.totals.usage)
            #expect(report.names[id.rawValue] == "count")
            let sums = try await CostGrouping.allCases.asyncMap { by in
                try await client.ask(CostReport(by: by)).lines.map(\.costKnown).reduce(.zero, +)
            }
            #expect(Set(sums).count == 1)
            let text = try audit.text()
            #expect(try AuditCheck.verify(text: text) == audit)
            #expect(!text.contains(Self.canary) && text.contains("[BOT_TOKEN]"))
            // Written again by another program it is checked by its values.
            let rewritten = try JSONText.string(try JSONText.decode(JSONValue.self, from: text))
            #expect(try AuditCheck.verify(text: rewritten).sessionId == id)
            let known = try #require(audit.entries.last?.hash)
            #expect(try AuditCheck.verify(text: text, expecting: known).sessionId == id)
            #expect(throws: AuditFinding.self) {
                try AuditCheck.verify(text: text, expecting: String(known.reversed()))
            }
        }
    }

    /// INV-3: any byte of any entry, an entry less, two entries exchanged: found, and the entry is named.
    @Test func anyChangeOfAnExportIsFoundAndNamed() async throws {
        try await Self.audited { _, client, id in
            let audit = try await client.ask(SessionAudit(id: id.rawValue))
            let text = try audit.text()
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.utf8) }
            var random = SystemRandom(seed: 7)
            for place in audit.entries.indices where place % 3 == 0 {
                let line = lines[place + 1]
                for _ in 0..<1 {
                    var changed = lines
                    let at = Int.random(in: 0..<line.count - 1, using: &random)
                    changed[place + 1][at] ^= UInt8(1 << Int.random(in: 0..<7, using: &random))
                    let bytes = Array(changed.joined(separator: [10]))
                    let finding = Self.finding(bytes)
                    #expect(
                        finding?.seq == audit.entries[place].seq,
                        "\(finding?.description ?? "whole"), \(String(decoding: changed[place + 1], as: UTF8.self))"
                    )
                }
            }
            for place in stride(from: 0, to: audit.entries.count, by: 12) {
                var less = audit
                less.entries.remove(at: place)
                #expect(Self.finding(Array(try less.text().utf8))?.seq == audit.entries[place].seq)
            }
            for _ in 0..<8 {
                var swapped = audit
                let first = Int.random(in: 0..<audit.entries.count - 1, using: &random)
                swapped.entries.swapAt(first, Int.random(in: first + 1..<audit.entries.count, using: &random))
                #expect(Self.finding(Array(try swapped.text().utf8))?.seq == audit.entries[first].seq)
            }
            for place in lines.indices.filter({ $0 == 0 }) {
                for _ in 0..<20 {
                    var changed = lines
                    let at = Int.random(in: 0..<changed[place].count, using: &random)
                    changed[place][at] ^= UInt8(1 << Int.random(in: 0..<7, using: &random))
                    #expect(Self.finding(Array(changed.joined(separator: [10]))) != nil)
                }
            }
        }
    }

    /// Somebody who also mends the table of contents and the seal does not get by.
    @Test func anExportThatWasMendedIsNotWhole() async throws {
        try await Self.audited { _, client, id in
            let audit = try await client.ask(SessionAudit(id: id.rawValue))
            for (place, entry) in audit.entries.enumerated().dropLast() {
                guard place % 12 == 0 || entry.type == "ledger.reserved" || entry.type == "ledger.settled"
                else {
                    continue
                }
                var entries = audit.entries
                entries.remove(at: place)
                var less = AuditFold(entries, of: id, tenant: .main).document
                for index in less.changes.indices {
                    less.changes[index].files = less.changes[index].files ?? []
                }
                less.digest = AuditCheck.digest(of: less)
                #expect(Self.finding(Array(try less.text().utf8)) != nil, "\(entry.type)")
            }
        }
    }

    static func finding(_ bytes: [UInt8]) -> AuditFinding? {
        do {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                return try AuditCheck.damaged(bytes)
            }
            _ = try AuditCheck.verify(text: text)
            return nil
        } catch let finding as AuditFinding {
            return finding
        } catch {
            return nil
        }
    }

    @Test func wordsAreFoundInTheTranscriptsOfAllSessions() async throws {
        try await Self.audited { _, client, id in
            let goal = try await client.ask(SessionSearch(text: "TWO make"))
            #expect(goal.map(\.kind) == [.goal] && goal.first?.sessionId == id && goal.first?.name == "count")
            let shell = try await client.ask(SessionSearch(text: "sed three"))
            #expect(
                shell.contains { $0.kind == .tool && $0.turn == 4 && $0.snippet.contains("s/three/two/") })
            #expect(try await client.ask(SessionSearch(text: "\"now it is\"")).first?.kind == .text)
            #expect(try await client.ask(SessionSearch(text: "\"it now\"")).isEmpty)
            #expect(try await client.ask(SessionSearch(text: "e")).contains { $0.kind == .tool })
            #expect(try await client.ask(SessionSearch(text: Self.canary)).isEmpty)
            #expect(try await client.ask(SessionSearch(text: "two", id: "other")).isEmpty)
            #expect(try await client.ask(SessionSearch(text: "two", limit: 1)).count == 1)
            await #expect(throws: Fault.self) { try await client.ask(SessionSearch(text: " ->\" ")) }
            var random = SystemRandom(seed: 3)
            for _ in 0..<300 {
                let bytes = (0..<Int.random(in: 0..<24, using: &random)).map { _ in
                    [34, 42, 40, 41, 58, 94, 0, 65, 66, 32, 45, 43, 92, 39].randomElement(using: &random)
                        ?? UInt8(78)
                }
                do {
                    _ = try await client.ask(SessionSearch(text: "\(String(decoding: bytes, as: UTF8.self))"))
                } catch let fault as Fault { #expect(fault.code == .usage) }
            }
        }
    }
}

/// A generator that gives the same numbers every time.
struct SystemRandom: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}

extension World {
    /// A host whose rehearsed model has a price, and whose environment holds a secret.
    func priced() async throws -> EngineHost {
        var configuration = Configuration()
        var provider = ProviderConfiguration(name: "script", kind: .rehearsal)
        provider.file = folder.file("replies.jsonl")
        configuration.providers = [provider]
        let model = ModelReference(provider: "script", model: "play")
        configuration.routes = ["default": RouteConfiguration(models: [model])]
        let rates = ModelPrice.Rates(
            input: Money(picodollars: 3_000_000_000_001), output: Money(picodollars: 15_000_000_000_007))
        return try await EngineHost.open(
            HostOptions(
                home: home, configuration: configuration,
                prices: [PricesFile(date: "2026-11-01", models: [model: ModelPrice(base: rates)])],
                helperPath: helper,
                clock: WallClock { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) },
                environment: ["HOME": "/nowhere", "PATH": "/usr/bin:/bin", "BOT_TOKEN": AuditTests.canary],
                machine: "test", version: "0", report: { print("report:", $0) }))
    }
}
