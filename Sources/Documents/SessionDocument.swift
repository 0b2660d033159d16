import AgentOSCore

/// Session files.
public enum SessionDocument {
    /// The tools that a session may name.
    public static let tools = ["read", "write", "edit", "list", "search", "shell"]

    /// Reads a session file; paths in it become absolute, `${set.NAME}` is replaced.
    ///
    /// Faults call the file `name`, as the person did. `environment` tells where `~` is. That what `sandbox.read` names
    /// is there is looked at; whether the workspace is, who makes it says.
    public static func read(
        path: String, as name: String? = nil, set: [String: String] = [:], environment: [String: String] = [:]
    ) throws(DocumentFaults) -> SessionConfig {
        let text = try FileText.read(path: path, as: name ?? path)
        return try decode(text, at: FilePath.absolute(path), set: set, environment: environment, looks: true)
    }

    /// Reads the text of a session as if it stood in a file.
    public static func parse(
        _ bytes: [UInt8], path: String, set: [String: String] = [:], environment: [String: String] = [:]
    ) throws(DocumentFaults) -> SessionConfig {
        let text = try FileText(file: path, bytes: bytes)
        return try decode(text, at: FilePath.absolute(path), set: set, environment: environment)
    }

    private static func decode(
        _ text: FileText, at path: String, set: [String: String], environment: [String: String],
        looks: Bool = false
    ) throws(DocumentFaults) -> SessionConfig {
        let source = Source(
            kind: .session, file: text.file, folder: FilePath.folder(of: path), environment: environment,
            set: set, looksAtDisk: looks)
        let root = try YAMLReader.read(text)
        let config = Fields.read(Entry(root: root, of: source)) { fields in
            session(fields, name: FilePath.baseName(of: path))
        }
        return try source.finish(config)
    }

    /// Reads the session of a chain's step, and the steps whose files it goes on with.
    static func step(
        _ text: FileText, at path: String, set: [String: String], environment: [String: String]
    ) throws(DocumentFaults) -> (config: SessionConfig, from: [String]) {
        let source = Source(
            kind: .session, file: text.file, folder: FilePath.folder(of: path), environment: environment,
            set: set, isStep: true, looksAtDisk: true)
        let root = try YAMLReader.read(text)
        let config = Fields.read(Entry(root: root, of: source)) { fields in
            session(fields, name: FilePath.baseName(of: path))
        }
        return (try source.finish(config), source.from)
    }

    private static func session(_ fields: Fields, name fallback: String) -> SessionConfig {
        let name = fields.optional("name", title) ?? fallback
        let goal = fields.required("goal", Read.sentence, "say what the agent is to do")
        var config = SessionConfig(name: name, goal: goal ?? "")
        if let value = fields.optional("workspace", workspace) { config.workspace = value }
        config.setup = fields.optional("setup", setup)
        config.agent = fields.optional("agent", AgentSchema.read)
        if let value = fields.optional("model", Read.line) { config.model = value }
        if let value = fields.optional("tools", Read.list(of: Read.word(of: tools))) {
            config.tools = unique(value)
        }
        if let value = fields.optional("ask", Read.choice(AskPolicy.self)) { config.ask = value }
        if let value = fields.optional("unattended", Read.choice(UnattendedPolicy.self)) {
            config.unattended = value
        }
        if let value = fields.optional("network", network) { config.network = value }
        if let value = fields.optional("sandbox", sandbox) { config.readRoots = value }
        if let value = fields.optional("limits", LimitsSchema.read) { config.limits = value }
        if let value = fields.optional("checkpoint", Read.choice(CheckpointPolicy.self)) {
            config.checkpoint = value
        }
        config.priority = fields.optional("priority", Read.int(1...9))
        config.notBefore = fields.optional("not_before", Read.time)
        config.breaker = fields.optional("breaker", Read.bool)
        if let value = fields.optional("gates", GatesSchema.read) { config.gates = value }
        if let value = fields.optional("gate_attempts", Read.int(1...100)) { config.gateAttempts = value }
        config.onGateFailure = fields.optional("on_gate_failure", Read.choice(GateFailurePolicy.self))
        config.onUnknownPrice = fields.optional("on_unknown_price", Read.choice(UnknownPricePolicy.self))
        if let value = fields.optional("deliverables", deliverables(beside: config.gates)) {
            config.deliverables = value
            if !value.isEmpty {
                config.gates.append(GateConfig(name: GateConfig.deliverables, kind: .present(files: value)))
            }
        }
        return config
    }

    /// A session's name: a line that fits a column.
    private static func title(_ entry: Entry) -> String? {
        guard let text = Read.line(entry) else { return nil }
        guard text.count <= 80 else { return entry.fail("longer than 80 characters", "shorten it") }
        guard !text.unicodeScalars.contains(where: SafeText.isUnsafe) else {
            return entry.fail("control characters", "write plain text")
        }
        return text
    }

    private static func unique(_ words: [String]) -> [String] {
        var seen: Set<String> = []
        return words.filter { seen.insert($0).inserted }
    }

    /// Files that make up the result: a gate of that name looks whether they are there.
    private static func deliverables(beside gates: [GateConfig]) -> (Entry) -> [String]? {
        { entry in
            guard let files = Read.list(of: inside)(entry) else { return nil }
            guard files.isEmpty || !gates.contains(where: { $0.name == GateConfig.deliverables }) else {
                return entry.fail("there is a gate of this name already", "rename the gate")
            }
            return files
        }
    }

    /// A path beneath the workspace, or a glob of such.
    private static func inside(_ entry: Entry) -> String? {
        guard let text = Read.line(entry) else { return nil }
        guard !text.hasPrefix("/"), !text.hasPrefix("~"), !text.split(separator: "/").contains("..") else {
            return entry.fail("outside the workspace", "write a path relative to the workspace")
        }
        return text
    }

    private static func workspace(_ entry: Entry) -> WorkspaceSpec? {
        guard case .mapping = entry.node.content else {
            return entry.expected("one of {copy: PATH} {worktree: PATH} {inplace: PATH} {empty: true}")
        }
        return Fields.read(entry) { fields in
            let copy = fields.optional("copy", Read.path)
            let worktree = fields.optional("worktree", Read.path)
            let inplace = fields.optional("inplace", Read.path)
            let empty = fields.optional("empty", Read.bool)
            let include = fields.optional("include", Read.list(of: inside))
            _ = fields.optional("from", from)
            let forms = ["copy", "worktree", "inplace", "empty", "from"].filter(fields.has)
            guard forms.count <= 1 else {
                return entry.fail("both \(forms[0]) and \(forms[1])", "keep one")
            }
            if fields.has("include"), forms.first != "copy" {
                return entry.fail("include without copy", "add copy: PATH, or leave include out")
            }
            if let copy { return .copy(path: copy, include: include ?? []) }
            if let worktree { return .worktree(path: worktree) }
            if let inplace { return .inplace(path: inplace) }
            if empty == true { return .empty }
            if !entry.source.from.isEmpty { return .empty }
            guard !fields.has("from") else { return nil }
            guard fields.isEmpty || empty == false else { return nil }
            return entry.fail(
                "no form", "write one of copy: PATH, worktree: PATH, inplace: PATH, empty: true")
        }
    }

    /// The steps whose files a step of a chain goes on with; one alone stands for a list of one.
    private static func from(_ entry: Entry) -> [String]? {
        guard entry.source.isStep else {
            return entry.fail(
                "only a step of a chain goes on with another's files", "use copy, worktree, inplace or empty")
        }
        let isList = if case .list = entry.node.content { true } else { false }
        let names = isList ? Read.list(of: Read.line)(entry) : Read.line(entry).map { [$0] }
        entry.source.from = names ?? []
        return names
    }

    private static func setup(_ entry: Entry) -> SetupConfig? {
        Fields.read(entry) { fields in
            let run = fields.required("run", Read.filled, "write run: COMMAND")
            let network = fields.optional("network", network)
            let timeout = fields.optional("timeout", Read.duration)
            let cache = fields.optional("cache", Read.list(of: keepable))
            var setup = SetupConfig(run: run ?? "")
            if let cache { setup.cache = unique(cache) }
            if let network { setup.network = network }
            if let timeout { setup.timeout = timeout }
            return setup
        }
    }

    /// A folder or file below the workspace that setups keep, not git's own.
    private static func keepable(_ entry: Entry) -> String? {
        guard let text = inside(entry) else { return nil }
        guard !text.contains("*") else {
            return entry.fail("a pattern", "name the folder itself, like node_modules")
        }
        let names = text.split(separator: "/").filter { $0 != "." }
        guard !names.isEmpty else { return entry.fail("the workspace itself", "name a folder in it") }
        guard !names.contains(where: { $0.lowercased() == ".git" }) else {
            return entry.fail("git's own folder", "leave it out")
        }
        return names.joined(separator: "/")
    }

    private static func sandbox(_ entry: Entry) -> [String]? {
        Fields.read(entry) { fields in fields.optional("read", Read.list(of: present)) ?? [] }
    }

    /// A path that a sandbox is to show: one that is not there would be left out without a word.
    private static func present(_ entry: Entry) -> String? {
        guard let path = Read.path(entry) else { return nil }
        guard !entry.source.looksAtDisk || FilePath.exists(path) else {
            return entry.fail("there is no \(Entry.shown(path))", "name what is there, or leave it out")
        }
        return path
    }

    private static let noHosts = "a list of hosts is not available in this version"

    static func network(_ entry: Entry) -> NetworkPolicy? {
        let what = "none or all"
        switch entry.node.content {
        case .list:
            guard let hosts = Read.list(of: host)(entry) else { return nil }
            return hosts.isEmpty
                ? NetworkPolicy.none
                : entry.fail(noHosts, "write none or all")
        case .mapping:
            return entry.expected(what)
        case .scalar:
            guard let text = entry.text(what) else { return nil }
            switch text {
            case "none": return NetworkPolicy.none
            case "all": return .all
            default:
                return text.contains(".") ? entry.fail(noHosts, "write none or all") : entry.expected(what)
            }
        }
    }

    private static func host(_ entry: Entry) -> String? {
        guard let text = Read.line(entry) else { return nil }
        let allowed = text.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || ("0"..."9").contains($0) || ".-:*_[]".unicodeScalars.contains($0)
        }
        return allowed ? text : entry.expected("the name of a host, without a scheme or a path")
    }
}
