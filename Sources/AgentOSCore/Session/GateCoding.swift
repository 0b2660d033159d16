/// How what a gate looks at is stored: `{"run":{"command":…,"timeout":…}}`, `{"diff":{"maxFiles":…,"only":[…]}}` and so on.
extension GateConfig.Kind: Codable {
    private enum Name: CodingKey { case run, diff, match, schema, present, judge, human }

    private struct Run: Codable {
        var command: String
        var timeout: Int64
    }

    private struct Schema: Codable {
        var file: String
        var schema: String
    }

    private struct Present: Codable { var files: [String] }

    private struct Human: Codable { var question: String }

    /// What earlier builds put around a value without a name.
    private struct Wrapped<Value: Decodable>: Decodable {
        var value: Value
        private enum Name: String, CodingKey { case value = "_0" }
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Name.self)
            value =
                try container.contains(.value)
                ? container.decode(Value.self, forKey: .value) : Value(from: decoder)
        }
    }

    /// Reads what `encode` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        switch container.allKeys.first {
        case .run:
            let run = try container.decode(Run.self, forKey: .run)
            self = .run(command: run.command, timeout: run.timeout)
        case .diff: self = .diff(try container.decode(Wrapped<DiffLimits>.self, forKey: .diff).value)
        case .match: self = .match(try container.decode(Wrapped<MatchRule>.self, forKey: .match).value)
        case .schema:
            let schema = try container.decode(Schema.self, forKey: .schema)
            self = .schema(file: schema.file, schema: schema.schema)
        case .present: self = .present(files: try container.decode(Present.self, forKey: .present).files)
        case .judge: self = .judge(try container.decode(JudgeRule.self, forKey: .judge))
        case .human: self = .human(question: try container.decode(Human.self, forKey: .human).question)
        case nil:
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a kind of gate"))
        }
    }

    /// Writes the kind as the name of a value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        switch self {
        case .run(let command, let timeout):
            try container.encode(Run(command: command, timeout: timeout), forKey: .run)
        case .diff(let limits): try container.encode(limits, forKey: .diff)
        case .match(let rule): try container.encode(rule, forKey: .match)
        case .schema(let file, let schema):
            try container.encode(Schema(file: file, schema: schema), forKey: .schema)
        case .present(let files): try container.encode(Present(files: files), forKey: .present)
        case .judge(let rule): try container.encode(rule, forKey: .judge)
        case .human(let question): try container.encode(Human(question: question), forKey: .human)
        }
    }
}

extension GateConfig {
    /// The gate on one line, as a session file has it: `{name: tests, run: "make test", timeout: 5m}`.
    public var line: String {
        var parts = ["name: \(Self.word(name))"] + kindParts
        if let files { parts.append("files: \(Self.words(files))") }
        if !required { parts.append("required: false") }
        return "{" + parts.joined(separator: ", ") + "}"
    }

    private var kindParts: [String] {
        switch kind {
        case .run(let command, let timeout):
            return ["run: \(Self.text(command))", "timeout: \(DurationText.exact(timeout))"]
        case .diff(let limits):
            var parts: [String] = []
            if let files = limits.maxFiles { parts.append("max_files: \(files)") }
            if let lines = limits.maxLines { parts.append("max_lines: \(lines)") }
            if !limits.only.isEmpty { parts.append("only: \(Self.words(limits.only))") }
            return ["diff: {\(parts.joined(separator: ", "))}"]
        case .match(let rule):
            var parts = ["files: \(Self.text(rule.files))"]
            if let never = rule.never { parts.append("never: \(Self.text(never))") }
            if let always = rule.always { parts.append("always: \(Self.text(always))") }
            return ["match: {\(parts.joined(separator: ", "))}"]
        case .schema(let file, let schema):
            return ["schema: {file: \(Self.text(file)), schema: \(Self.text(schema))}"]
        case .present(let files): return ["present: \(Self.words(files))"]
        case .judge(let rule):
            let rubric =
                switch rule.rubric {
                case .text(let text): Self.text(text)
                case .file(let path): Self.text(path)
                }
            let numbers = "votes: \(rule.votes), pass: \(rule.pass)"
            return ["judge: {rubric: \(rubric), model: \(Self.text(rule.model)), \(numbers)}"]
        case .human(let question): return ["human: \(Self.text(question))"]
        }
    }

    /// A word that YAML reads as itself, else in quotes.
    private static func word(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || $0 == 0x2D || $0 == 0x5F
        }
        return isPlain && !word.isEmpty && !word.hasPrefix("-") ? word : text(word)
    }

    private static func words(_ words: [String]) -> String { "[\(words.map(text).joined(separator: ", "))]" }

    private static func text(_ text: String) -> String { (try? JSONText.printableString(text)) ?? "\"\"" }
}
