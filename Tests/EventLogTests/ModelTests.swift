import AgentOSCore
import EventLog
import Testing

@Suite("Random use agrees with a model")
struct ModelTests {
    /// What a log is, without a disk.
    struct Model {
        var streams: [String: Int64] = [:]
        var heads: [TenantID: Int64] = [:]
        var commands: [String: Int] = [:]
        var payloads: [TenantID: [String]] = [:]

        /// How many events the append returns, nil where it is stale.
        mutating func append(_ append: Append) -> Int? {
            let command = append.commandId.map { "\(append.tenant) \($0)" }
            if let command, let count = commands[command] { return count }
            let stream = "\(append.tenant) \(append.stream)"
            if let expected = append.expectedVersion, expected != streams[stream, default: 0] { return nil }
            streams[stream, default: 0] += Int64(append.events.count)
            heads[append.tenant, default: 0] += Int64(append.events.count)
            payloads[append.tenant, default: []] += append.events.map(\.payload)
            if let command { commands[command] = append.events.count }
            return append.events.count
        }
    }

    @Test("any sequence of appends, reopening included", arguments: [1, 2, 3] as [UInt64])
    func sequences(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let under = try LogUnderTest()
        var log = under.log
        var model = Model()
        for step in 0..<250 {
            if Int.random(in: 0..<80, using: &random) == 0 {
                log.close()
                log = try EventLog.open(path: under.path, projectors: [StreamCounter()])
            }
            var batch: [Append] = []
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let count = Int.random(in: 0...3, using: &random)
                batch.append(
                    appending(
                        Array(numbered(step...step + 3).prefix(count)),
                        to: "session/\(Int.random(in: 0..<4, using: &random))",
                        tenant: Bool.random(using: &random) ? .main : .host,
                        at: Bool.random(using: &random) ? nil : Int64.random(in: 0..<20, using: &random),
                        command: Int.random(in: 0..<3, using: &random) == 0
                            ? "c\(Int.random(in: 0..<40, using: &random))" : nil))
            }
            var after = model
            let counts = batch.map { after.append($0) }
            if counts.contains(nil) {
                do {
                    try await log.append(batch)
                    Issue.record("a stale batch was written")
                } catch { #expect(error is StaleVersion) }
            } else {
                let written = try await log.append(batch)
                #expect(written.count == counts.reduce(0) { $0 + ($1 ?? 0) })
                model = after
            }
        }
        for tenant in [TenantID.main, .host] {
            #expect(log.head(tenant: tenant) == model.heads[tenant, default: 0])
            #expect(
                try await log.events(tenant: tenant, limit: 5000).map(\.payload)
                    == model.payloads[tenant, default: []])
            #expect(try await log.verify(tenant: tenant).isWhole)
            for stream in 0..<4 {
                let expected = model.streams["\(tenant) session/\(stream)", default: 0]
                #expect(try await log.streamVersion(tenant: tenant, stream: "session/\(stream)") == expected)
                let found = try await log.verify(tenant: tenant, stream: "session/\(stream)")
                #expect(found.isWhole && found.entries == expected)
            }
        }
    }
}
