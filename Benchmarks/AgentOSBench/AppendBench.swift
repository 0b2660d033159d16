import AgentOSCore
import ArgumentParser
import EventLog
import FoundationEssentials

/// Durable appends a second: raw SQLite, then the log with one writer and with many, in turn, several rounds.
struct AppendBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "appends", abstract: "Durable appends a second beside raw SQLite.")

    @Option(help: "A folder on the disk to measure.") var dir: String
    @Option(help: "How many writers share the log in the last measurement.") var writers = 64
    @Option(help: "How long one measurement lasts.") var seconds = 1.0
    @Option(help: "How often each is measured; the median counts.") var rounds = 5

    private static let payload = #"{"sessionId":"k3x9qd","step":"turn 12","pct":0.31,"note":"\#(noise)"}"#
    private static let noise = String(repeating: "0123456789abcdef", count: 12)

    func run() async throws {
        try FileManager.default.createDirectory(atPath: dir, withIntermediateDirectories: true)
        var raw: [Double] = []
        var single: [Double] = []
        var shared: [Double] = []
        for round in 0..<rounds {
            raw.append(try measureRaw("\(dir)/raw-\(round).db"))
            single.append(try await measureLog("\(dir)/one-\(round).db", writers: 1))
            shared.append(try await measureLog("\(dir)/many-\(round).db", writers: writers))
        }
        try Figure(name: "raw", value: median(raw), unit: "appends/s").show()
        try Figure(name: "one", value: median(single), unit: "appends/s").show()
        try Figure(name: "many", value: median(shared), unit: "appends/s").show()
    }

    private func measureRaw(_ path: String) throws -> Double {
        let store = try RawStore(path: path)
        let clock = ContinuousClock()
        let began = clock.now
        var count = 0
        while (clock.now - began).seconds < seconds {
            try store.append(Self.payload)
            count += 1
        }
        return Double(count) / (clock.now - began).seconds
    }

    private func measureLog(_ path: String, writers: Int) async throws -> Double {
        let log = try EventLog.open(path: path)
        defer { log.close() }
        let clock = ContinuousClock()
        let began = clock.now
        let limit = seconds
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    var count = 0
                    while (clock.now - began).seconds < limit {
                        try await log.append(Self.append(to: "session/w\(writer)", version: Int64(count)))
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return Double(count) / (clock.now - began).seconds
    }

    private static func append(to stream: String, version: Int64) -> Append {
        Append(
            tenant: .main, stream: stream, expectedVersion: version,
            events: [NewEvent(type: "session.progress", payload: payload)], actor: .engine,
            at: Timestamp(milliseconds: 1_795_000_000_000))
    }
}
