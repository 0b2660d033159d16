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
            guard let kind = kind(fields, entry) else { return nil }
            var files: [String]?
            if case .run = kind { files = fields.optional("files", Read.list(of: Read.filled)) }
            guard let name else { return nil }
            return Placed(
                config: GateConfig(name: name, kind: kind, required: required, files: files),
                line: entry.line)
        }
    }

    private static let kinds = ["run", "diff", "match", "schema", "present", "judge", "human"]

    /// What is looked at: exactly one of the kinds.
    private static func kind(_ fields: Fields, _ entry: Entry) -> GateConfig.Kind? {
        let named = kinds.filter { fields.has($0) }
        guard named.count <= 1 else {
            fields.ignore(kinds + ["timeout", "files"])
            entry.source.fault(
                line: entry.line, key: entry.key, "one gate with \(named.joined(separator: " and "))",
                "write a gate for each")
            return nil
        }
        if named.isEmpty, fields.hasUnavailable {
            fields.ignore(["run", "timeout", "files"])
            return nil
        }
        switch named.first {
        case "diff": return fields.optional("diff", diff).map { .diff($0) }
        case "match": return fields.optional("match", match).map { .match($0) }
        case "schema": return fields.optional("schema", schema)
        case "present": return fields.optional("present", present).map { .present(files: $0) }
        case "judge": return fields.optional("judge", judge).map { .judge($0) }
        case "human": return fields.optional("human", Read.filled).map { .human(question: $0) }
        default:
            let run = fields.required("run", Read.filled, "write run: COMMAND")
            let limit = fields.optional("timeout", Read.duration) ?? timeout
            return run.map { .run(command: $0, timeout: limit) }
        }
    }

    private static func diff(_ entry: Entry) -> DiffLimits? {
        Fields.read(entry) { fields in
            let limits = DiffLimits(
                maxFiles: fields.optional("max_files", Read.int(0 ... .max)),
                maxLines: fields.optional("max_lines", Read.int(0 ... .max)),
                only: fields.optional("only", Read.list(of: Read.filled)) ?? [])
            guard limits != DiffLimits() || !fields.isEmpty else {
                return entry.fail("empty", "write max_files, max_lines or only")
            }
            return limits
        }
    }

    private static func match(_ entry: Entry) -> MatchRule? {
        Fields.read(entry) { fields in
            let files = fields.required("files", Read.filled, "write files: \"Sources/**\"")
            let never = fields.optional("never", pattern)
            let always = fields.optional("always", pattern)
            if never == nil, always == nil, !fields.has("never"), !fields.has("always") {
                return entry.fail("neither never nor always", "write never: PATTERN or always: PATTERN")
            }
            return files.map { MatchRule(files: $0, never: never, always: always) }
        }
    }

    private static func schema(_ entry: Entry) -> GateConfig.Kind? {
        Fields.read(entry) { fields in
            let file = fields.required("file", workspacePath, "write file: report.json")
            let schema = fields.required("schema", workspacePath, "write schema: report.schema.json")
            guard let file, let schema else { return nil }
            return .schema(file: file, schema: schema)
        }
    }

    private static func present(_ entry: Entry) -> [String]? {
        guard let files = Read.list(of: workspacePath)(entry) else { return nil }
        return files.isEmpty ? entry.fail("empty", "name a file") : files
    }

    private static func judge(_ entry: Entry) -> JudgeRule? {
        Fields.read(entry) { fields in
            let rubric = fields.required("rubric", rubric, "say what the work is judged by, or name a file")
            let model = fields.required("model", Read.line, "name a route, or provider/model")
            let votes = fields.optional("votes", Read.int(1...JudgeRule.mostVotes))
            let pass = fields.optional("pass", share)
            guard let rubric, let model else { return nil }
            return JudgeRule(rubric: rubric, model: model, votes: votes ?? 1, pass: pass ?? 0.7)
        }
    }

    /// One word that ends in .md or .txt is a file of the workspace, anything else the rubric itself.
    private static func rubric(_ entry: Entry) -> JudgeRule.Rubric? {
        guard let text = Read.filled(entry) else { return nil }
        let isFile =
            !text.contains(where: \.isWhitespace)
            && [".md", ".txt"].contains { text.lowercased().hasSuffix($0) }
        guard isFile else { return .text(text) }
        return workspacePath(entry).map { .file($0) }
    }

    /// A number from 0 to 1.
    private static func share(_ entry: Entry) -> Double? {
        let what = "a number from 0 to 1, like 0.7"
        guard let text = entry.text(what) else { return nil }
        guard let number = Double(text), (0...1).contains(number), text.first?.isNumber == true else {
            return entry.expected(what)
        }
        return number
    }

    private static func pattern(_ entry: Entry) -> String? {
        guard let text = Read.line(entry) else { return nil }
        do { _ = try Pattern(text) } catch { return entry.fail("not a pattern", "\(error)") }
        return text
    }

    /// A path inside the workspace.
    private static func workspacePath(_ entry: Entry) -> String? {
        guard let text = Read.line(entry) else { return nil }
        guard !text.hasPrefix("/"), !text.hasPrefix("~"), !text.split(separator: "/").contains("..") else {
            return entry.expected("a path inside the workspace")
        }
        return text
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
