import AgentOSCore

/// `gates:` of a session.
enum GatesSchema {
    /// Milliseconds that a gate's command has when the file names none.
    static let timeout: Int64 = 600_000

    /// The gates, their names unique.
    static func read(_ entry: Entry) -> [GateConfig]? {
        guard let gates = Read.list(of: gate)(entry) else { return nil }
        var lines: [String: Int] = [:]
        var whole = true
        for (name, line, index) in gates.enumerated().map({ ($1.config.name, $1.line, $0) }) {
            if let first = lines[name] {
                entry.source.fault(
                    line: line, key: "\(entry.key)[\(index)].name",
                    "\(Entry.shown(name)) names two gates, first in line \(first)",
                    "rename one")
                whole = false
            } else {
                lines[name] = line
            }
        }
        return whole ? gates.map(\.config) : nil
    }

    private struct Placed {
        var config: GateConfig
        var line: Int
    }

    private static func gate(_ entry: Entry) -> Placed? {
        guard case .mapping = entry.node.content else {
            return entry.expected("a gate like {name: tests, run: \"make test\"}")
        }
        return Fields.read(entry) { fields in
            let name = fields.required("name", Read.name, "give it a name")
            let required = fields.optional("required", Read.bool) ?? true
            if fields.hasUnavailable, !fields.has("run") {
                fields.ignore(["run", "timeout"])
                return nil
            }
            let run = fields.required("run", Read.filled, "write run: COMMAND")
            let limit = fields.optional("timeout", Read.duration) ?? timeout
            guard let name, let run else { return nil }
            return Placed(
                config: GateConfig(name: name, kind: .run(command: run, timeout: limit), required: required),
                line: entry.line)
        }
    }
}

/// `limits:` of a session, and of the configuration's `sessions:`.
enum LimitsSchema {
    /// The limits; what is not named has none.
    static func read(_ entry: Entry) -> SessionLimits? {
        Fields.read(entry) { fields in
            var limits = SessionLimits()
            limits.cost = fields.optional("cost", Read.money)
            limits.time = fields.optional("time", Read.duration)
            limits.idle = fields.optional("idle", Read.duration)
            limits.turns = fields.optional("turns", Read.count)
            limits.calls = fields.optional("calls", Read.count)
            limits.outputTokens = fields.optional("output_tokens", Read.count)
            return limits
        }
    }
}
