import AgentOSCore
import ArgumentParser

extension CostGrouping: ExpressibleByArgument {}

/// `agentos cost`.
struct CostCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "cost", abstract: "Shows what model calls cost: a line a day, a session or a model.",
        discussion: """
            Days are those of the configured zone. Calls of models without a price are counted apart: \
            what they cost is not known.
            """)
    @Option(help: ArgumentHelp("The first day, as 2026-11-22.", valueName: "day")) var from: String?
    @Option(help: ArgumentHelp("The last day, included.", valueName: "day")) var to: String?
    @Option(help: ArgumentHelp("What a line stands for.", valueName: "what")) var by = CostGrouping.day
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let query = CostReport(from: from, to: to, by: by)
        let report = try await program.withEngine(options) { try await $0.client.ask(query) }
        if output.isJSON {
            try output.json(JSONValue.array(try report.lines.map { try json($0, report) }))
            return .done
        }
        var table = TextTable(
            by.rawValue.uppercased(), "COST", "CALLS", "UNPRICED", "IN", "OUT", "CACHED", "")
        func add(_ line: CostLine, _ key: String, _ note: String) {
            table.add(
                key, "\(line.unpriced > 0 ? "≥" : "")\(line.costKnown)", String(line.calls),
                line.unpriced > 0 ? String(line.unpriced) : "",
                String(line.usage.prompt - line.usage.cacheRead),
                String(line.usage.written), String(line.usage.cacheRead), note)
        }
        for line in report.lines {
            add(line, line.key ?? "unknown", line.key.flatMap { report.names[$0] } ?? "")
        }
        if report.lines.count > 1, let first = report.lines.first {
            add(report.lines.dropFirst().reduce(first, +), "total", "")
        }
        try output.list(table, json: [], none: "no model was called")
        let lost = report.lines.reduce(Money.zero) { $0 + $1.costLost }
        let count = report.lines.reduce(0) { $0 + $1.lost }
        if lost > .zero {
            output.tell(
                "\(lost) of it was held for \(count) lost answer\(count == 1 ? "" : "s"): the most they can have cost"
            )
        }
        if report.lines.contains(where: { $0.unpriced > 0 }) {
            output.tell("a part has no price and is not in the sum; name prices.yaml in config.yaml")
        }
        return .done
    }

    private func json(_ line: CostLine, _ report: CostReport.Report) throws -> JSONValue {
        var members: [String: JSONValue] = [
            by.rawValue: line.key.map { .string($0) } ?? .null, "calls": .int(Int64(line.calls)),
            "usage": try JSONText.value(line.usage), "unpriced": .int(Int64(line.unpriced)),
            "cost": line.cost.map { .string($0.description) } ?? .null,
            "costKnown": .string(line.costKnown.description),
            "lost": .int(Int64(line.lost)), "costLost": .string(line.costLost.description),
        ]
        switch by {
        case .session:
            members["sessionId"] = members["session"]
            members["session"] = nil
            if let name = line.key.flatMap({ report.names[$0] }) { members["name"] = .string(name) }
        case .day: members["tz"] = .string(report.zone)
        case .model: break
        }
        return .object(members)
    }
}
