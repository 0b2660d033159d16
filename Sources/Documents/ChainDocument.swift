import AgentOSCore

/// Chain files, with the session files and schemas that their steps name.
public enum ChainDocument {
    /// Reads a chain file and all that it names; `${set.NAME}` is replaced in every one of them.
    ///
    /// Cycles, unknown names and steps that can never run are faults with file and line. `environment` tells where
    /// `~` is. Whether workspaces exist is not looked at.
    public static func read(
        path: String, set: [String: String] = [:], environment: [String: String] = [:]
    ) throws(DocumentFaults) -> ChainConfig {
        try decode(
            try FileText.read(path: path, as: path), at: FilePath.absolute(path), set: set,
            environment: environment)
    }

    /// Reads the text of a chain as if it stood in a file.
    public static func parse(
        _ bytes: [UInt8], path: String, set: [String: String] = [:], environment: [String: String] = [:]
    ) throws(DocumentFaults) -> ChainConfig {
        try decode(
            try FileText(file: path, bytes: bytes), at: FilePath.absolute(path), set: set,
            environment: environment)
    }

    private static func decode(
        _ text: FileText, at path: String, set: [String: String], environment: [String: String]
    ) throws(DocumentFaults) -> ChainConfig {
        let source = Source(
            kind: .chain, file: text.file, folder: FilePath.folder(of: path), environment: environment,
            set: set)
        let root = try YAMLReader.read(text)
        let reading = ChainReading(source: source, shownFolder: folder(of: text.file))
        let config = Fields.read(Entry(root: root, of: source)) { fields in
            reading.chain(fields, name: FilePath.baseName(of: path))
        }
        if let config, source.faults.isEmpty, reading.faults.isEmpty {
            do { reading.place(try ChainGraph(config).problems()) } catch {
                source.fault(line: 1, key: "steps", "the steps cannot be read: \(error)")
            }
        }
        guard reading.faults.isEmpty else { throw DocumentFaults(source.faults + reading.faults) }
        return try source.finish(config)
    }

    /// What stands before the last slash of a path as it was named, with the slash.
    private static func folder(of file: String) -> String {
        file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
    }
}

/// Reads one chain file; lives within one call and is never shared.
private final class ChainReading {
    let source: Source
    /// How the person named the folder of the chain file.
    let shownFolder: String
    /// What is wrong in other files.
    private(set) var faults: [DocumentFault] = []
    /// The lines of keys: `STEP` and `STEP/KEY`.
    private var lines: [String: (line: Int, key: String)] = [:]
    private var sessions: [String: FileText] = [:]
    private var files: [String: String] = [:]

    init(source: Source, shownFolder: String) {
        self.source = source
        self.shownFolder = shownFolder
    }

    func chain(_ fields: Fields, name fallback: String) -> ChainConfig? {
        let name = fields.optional("name", Read.name) ?? fallback
        let budget = fields.optional("budget", amount)
        let steps = fields.required("steps", steps, "write steps: {NAME: {session: FILE}}")
        return steps.map { ChainConfig(name: name, budget: budget, steps: $0) }
    }

    private func amount(_ entry: Entry) -> Money? {
        guard let amount = Read.money(entry) else { return nil }
        return amount > .zero ? amount : entry.expected("an amount in USD above 0")
    }

    private func steps(_ entry: Entry) -> [ChainStep]? {
        guard let named = Fields.free(entry) else { return nil }
        guard !named.isEmpty else { return entry.fail("no steps", "write steps: {NAME: {session: FILE}}") }
        let steps = named.map { name, below in step(name, below) }
        let whole = steps.compactMap(\.self)
        return whole.count == steps.count ? whole : nil
    }

    private func step(_ name: String, _ entry: Entry) -> ChainStep? {
        lines[name] = (entry.line, entry.key)
        if let problem = ChainGraph.problem(ofName: name) { return entry.fail(problem, "rename it") }
        return Fields.read(entry) { fields in
            func noted<Value>(_ key: String, _ schema: @escaping Schema<Value>) -> Value? {
                fields.optional(key) { below in
                    self.note(below, name, key)
                    return schema(below)
                }
            }
            var handed: [String] = []
            let session = fields.required(
                "session",
                { below in
                    self.note(below, name, "session")
                    return self.session(below, handed: &handed)
                }, "name a session file")
            let needs = noted("needs") { self.names($0, name, "needs") } ?? []
            let from = noted("workspace") { self.workspace($0, name) } ?? handed
            let outputs = noted("outputs", outputs)
            let each = noted("each") { self.each($0, name) } ?? []
            let parallel = noted("parallel", Read.count)
            let when = noted("when", condition)
            let wait = noted("wait", Read.choice(StepWait.self))
            let retry = noted("retry", retry)
            let timeout = noted("timeout", Read.duration)
            let policy = noted("on_failure", Read.choice(StepFailurePolicy.self))
            guard let session else { return nil }
            var step = ChainStep(name: name, session: session)
            (step.needs, step.from, step.outputs, step.each) = (needs, from, outputs, each)
            (step.parallel, step.when, step.timeout) = (parallel, when, timeout)
            if let wait { step.wait = wait }
            if let retry { step.retry = retry }
            if let policy { step.onFailure = policy }
            return step
        }
    }

    private func note(_ entry: Entry, _ step: String, _ key: String) {
        lines["\(step)/\(key)"] = (entry.line, entry.key)
    }

    // MARK: Keys

    /// Names of steps; one alone stands for a list of one.
    private func names(_ entry: Entry, _ step: String, _ key: String) -> [String]? {
        guard case .list = entry.node.content else { return Read.line(entry).map { [$0] } }
        var index = 0
        return Read.list { item in
            self.note(item, step, "\(key)[\(index)]")
            index += 1
            return Read.line(item)
        }(entry)
    }

    private func workspace(_ entry: Entry, _ step: String) -> [String]? {
        Fields.read(entry) { fields in
            fields.required(
                "from", { self.names($0, step, "workspace.from") },
                "write from: STEP; the session's file names any other workspace")
        }
    }

    private func outputs(_ entry: Entry) -> StepOutputs? {
        Fields.read(entry) { fields in
            let file = fields.required("file", inside, "write file: NAME.json")
            let schema = fields.optional("schema", schema)
            return file.map { StepOutputs(file: $0, schema: schema) }
        }
    }

    private func inside(_ entry: Entry) -> String? {
        guard let text = Read.line(entry) else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard !text.hasPrefix("~"), !parts.contains(where: { ["", ".", ".."].contains($0) }) else {
            return entry.fail("outside the workspace", "write a path relative to the workspace")
        }
        return text
    }

    private func schema(_ entry: Entry) -> JSONValue? {
        guard let path = Read.path(entry), let written = Read.line(entry) else { return nil }
        do throws(DocumentFaults) {
            let text = try FileText.read(path: path, as: shown(written))
            guard let value = try? JSONText.decode(JSONValue.self, from: text.text) else {
                return entry.fail("\(shown(written)) is not JSON", "write a JSON Schema in it")
            }
            guard value.object != nil || value.bool != nil else {
                return entry.fail("\(shown(written)) is not a JSON Schema", "write an object in it")
            }
            do throws(SchemaRefusal) { _ = try JSONSchema(value) } catch {
                return entry.fail("\(shown(written)): \(error)", "mend the schema")
            }
            return value
        } catch {
            return entry.fail(error.faults.first?.description ?? "it cannot be read")
        }
    }

    private func each(_ entry: Entry, _ step: String) -> [EachAxis]? {
        guard let named = Fields.free(entry) else { return nil }
        let axes = named.map { name, below -> EachAxis? in
            note(below, step, "each.\(name)")
            guard Read.isName(name), !name.contains(".") else {
                return below.expected("a name of letters, digits, - _")
            }
            return Read.list(of: Read.line)(below).map { EachAxis(name, $0) }
        }
        let whole = axes.compactMap(\.self)
        return whole.count == axes.count ? whole : nil
    }

    private func condition(_ entry: Entry) -> StepCondition? {
        guard let text = Read.line(entry) else { return nil }
        do throws(StepCondition.Problem) { return try StepCondition(parsing: text) } catch {
            return entry.fail(error.message, error.suggestion)
        }
    }

    private func retry(_ entry: Entry) -> StepRetry? {
        Fields.read(entry) { fields in
            let times = fields.required("times", Read.int(0...100), "write times: 2")
            let backoff = fields.optional("backoff", Read.duration)
            return times.map { StepRetry(times: $0, backoff: backoff ?? 0) }
        }
    }

    // MARK: Other files

    private func shown(_ path: String) -> String {
        path.hasPrefix("/") || path.hasPrefix("~") ? path : shownFolder + path
    }

    private func session(_ entry: Entry, handed: inout [String]) -> SessionConfig? {
        guard let path = Read.path(entry), let written = Read.line(entry) else { return nil }
        let isRead = sessions[path] != nil
        do throws(DocumentFaults) {
            let text =
                if let known = sessions[path] { known } else {
                    try FileText.read(path: path, as: shown(written))
                }
            (sessions[path], files[entry.key]) = (text, path)
            let step = try SessionDocument.step(
                text, at: path, set: source.set, environment: source.environment)
            handed = step.from
            return step.config
        } catch {
            if error.faults.contains(where: { $0.line == nil }) {
                return entry.fail(error.faults.first?.description ?? "it cannot be read")
            }
            // A file that two steps name is told once.
            if !isRead { faults += error.faults }
            return nil
        }
    }

    /// Gives the problems of the graph their lines.
    func place(_ problems: [ChainProblem]) {
        for problem in problems {
            guard let step = problem.step else {
                source.fault(line: 1, key: problem.key, problem.message, problem.suggestion)
                continue
            }
            let known = [
                "\(step)/\(problem.key)", "\(step)/\(problem.key.prefix { $0 != "[" })",
                "\(step)/\(problem.key.prefix { $0 != "." && $0 != "[" })", step,
            ].lazy.compactMap { self.lines[$0] }.first
            if let text = problem.text, let path = files["steps.\(step).session"], let file = sessions[path],
                let line = line(of: text, in: file.text)
            {
                faults.append(
                    DocumentFault(
                        file: file.file, line: line, message: "\(problem.message) in step \(step)",
                        suggestion: problem.suggestion))
                continue
            }
            source.fault(
                line: known?.line ?? 1, key: known?.key ?? "steps", problem.message, problem.suggestion)
        }
    }

    private func line(of text: String, in file: String) -> Int? {
        file.firstRange(of: text).map { found in
            1 + file[..<found.lowerBound].count(where: \.isNewline)
        }
    }
}
