import AgentOSCore
import ObjectStore
import Workspaces

/// Gates as they are: each looks at a tree, never at the workspace, so that nothing can change under it.
struct LiveGates: Sendable {
    let calls: LiveCalls

    private static let outputCap = 6000
    private static let readCap: Int64 = 4 << 20
    private static let rubricCap = 32 * 1024

    /// Looks at a tree with a gate.
    func run(_ gate: GateConfig, _ tree: TreeID, _ session: Session) async throws -> GateOutcome {
        let start = ContinuousClock.now
        guard let first = session.startTree else {
            throw Fault.refused("\(session.id) has no checkpoint 0", hint: "start it first")
        }
        var outcome = GateOutcome(
            gate: gate.name, passed: false, required: gate.required, tree: tree, gateHash: gateHash(gate),
            reason: nil, output: "", attempt: session.gateAttempt, milliseconds: 0)
        func take(_ verdict: GateVerdict) {
            outcome.passed = verdict.reason == nil
            outcome.reason = verdict.reason.map { SafeText($0).text }
            outcome.output = String(verdict.output.prefix(Self.outputCap))
        }
        switch gate.kind {
        case .run(let shell, let timeout):
            let (copy, replaced) = try await clean(gate.files ?? [], tree, first)
            let (result, tests) = try await command(gate, shell, timeout, copy, first, session)
            outcome.tests = tests
            take(commandVerdict(result, tests: tests, replaced: replaced))
        case .diff(let limits): take(verdict(of: limits, on: try await difference(first, tree, session)))
        case .match(let rule): take(try verdict(of: rule, on: try await files(rule.files, in: tree)))
        case .schema(let file, let schema):
            // What a gate judges by is taken as it was before the first turn.
            guard let wanted = try await content(schema, in: first) else {
                take(GateVerdict(reason: "there is no \(schema) at checkpoint 0", output: ""))
                break
            }
            take(verdict(ofSchema: wanted, named: schema, on: try await content(file, in: tree), named: file))
        case .present(let globs): take(verdict(on: globs, in: try await paths(of: tree)))
        case .judge: take(GateVerdict(reason: "models vote on this", output: ""))
        case .human: take(GateVerdict(reason: "a person decides on this", output: ""))
        }
        outcome.milliseconds = Int64((ContinuousClock.now - start) / .milliseconds(1))
        return outcome
    }

    /// What a judge is asked about a tree.
    func ballot(_ gate: GateConfig, _ rule: JudgeRule, _ tree: TreeID, _ session: Session) async throws
        -> ModelRequest
    {
        guard let first = session.startTree else {
            throw Fault.refused(
                "\(session.id) has no checkpoint 0", hint: "start it: agentos session start \(session.id)")
        }
        let rubric: String
        switch rule.rubric {
        case .text(let text): rubric = text
        case .file(let path):
            // What a gate judges by is taken as it was before the first turn.
            guard let bytes = try await content(path, in: first) else {
                throw JudgeRefusal(reason: "there is no \(quotedPath(path)) at checkpoint 0")
            }
            guard bytes.count <= Self.rubricCap else {
                throw JudgeRefusal(
                    reason:
                        "\(quotedPath(path)) has \(bytes.count) bytes, a rubric has at most \(Self.rubricCap)"
                )
            }
            rubric = String(decoding: bytes, as: UTF8.self)
        }
        return JudgeBallot(
            goal: session.config.goal, rubric: rubric, diff: try await difference(first, tree, session),
            gates: session.gates.filter { $0.tree == tree && $0.gate != gate.name }, tree: tree
        ).request
    }

    // MARK: A command

    /// The tree with these files as they were at checkpoint 0, and which of them the session had changed.
    private func clean(_ files: [String], _ tree: TreeID, _ first: TreeID) async throws -> (TreeID, [String])
    {
        guard !files.isEmpty else { return (tree, []) }
        let (store, globs) = (calls.bench.store, files.map { Glob($0) })
        return try await Blocking.value {
            func isMeant(_ path: TreePath) -> Bool { globs.contains { $0.matches(path) } }
            let now = try store.entries(of: tree)
            let then = try store.entries(of: first)
            let meant = then.filter { $0.entry.kind != .folder && isMeant($0.path) }
            let changed = try store.changes(from: first, to: tree)
                .filter { isMeant($0.path) && ($0.before ?? $0.after)?.kind != .folder }
            let kept = now.filter { $0.entry.kind != .folder && !isMeant($0.path) }
            let batch = ObjectBatch(store: store)
            let copy = try store.putTree(of: (kept + meant).sorted { $0.path < $1.path }, in: batch)
            try batch.commit()
            return (copy.tree, changed.map { "\($0.path)" })
        }
    }

    private func command(
        _ gate: GateConfig, _ shell: String, _ timeout: Int64, _ tree: TreeID, _ first: TreeID,
        _ session: Session
    ) async throws -> (ToolResult, tests: Int?) {
        let index = session.config.gates.firstIndex(of: gate) ?? 0
        let path = calls.bench.paths.gate(index, of: session.id)
        let store = calls.bench.store
        let inner = session.config.workspace.internalPaths
        try await Blocking.value {
            try makeFolder(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
            try Workspace.remove(at: path)
            // No git of a gate follows what the agent made git's own.
            let set = try Quarantine(from: first, to: tree, in: store, leavingOut: inner)
            try materialize(tree, of: store, at: path, leavingOut: set.git, withThoseOf: first)
        }
        // The version, not the attempt: a person's word can lead to the same gates again within one attempt.
        let callId = CallID("\(session.id).g\(index)-\(session.version)")
        let result = await calls.command(
            shell, callId, session, timeout: timeout, network: nil, workspace: path)
        try await Blocking.value { try Workspace.remove(at: path) }
        return (result, testCount(in: result.text))
    }

    private func commandVerdict(_ result: ToolResult, tests: Int?, replaced: [String]) -> GateVerdict {
        var reason: String?
        if result.exitStatus != 0 || result.isError {
            reason = result.exitStatus.map { "exit \($0)" } ?? line(result.text)
        } else if tests == 0 {
            reason = "exit 0, but no test was run"
        }
        let names = replaced.prefix(8).map { quotedPath($0) }.joined(separator: ", ")
        let note =
            replaced.isEmpty
            ? "" : "Taken as they were at checkpoint 0, not as the session left them: \(names)\n"
        return GateVerdict(reason: reason, output: note + result.text.suffix(Self.outputCap - 800))
    }

    // MARK: Files

    private func difference(_ from: TreeID, _ to: TreeID, _ session: Session) async throws -> TreeDiff {
        let (store, leavingOut) = (calls.bench.store, session.config.workspace.internalPaths)
        return try await Blocking.value { try diff(from, to, in: store, leavingOut: leavingOut) }
    }

    private func files(_ glob: String, in tree: TreeID) async throws -> [GateFile] {
        let (store, glob) = (calls.bench.store, Glob(glob))
        return try await Blocking.value {
            try store.entries(of: tree).compactMap { path, entry in
                guard entry.kind == .file, glob.matches(path), entry.size <= Self.readCap else { return nil }
                let bytes = try store.get(entry.digest)
                guard !bytes.prefix(8192).contains(0) else { return nil }
                return GateFile(path: "\(path)", text: String(decoding: bytes, as: UTF8.self))
            }
        }
    }

    private func paths(of tree: TreeID) async throws -> [TreePath] {
        let store = calls.bench.store
        return try await Blocking.value { try store.entries(of: tree).map(\.path) }
    }

    private func content(_ path: String, in tree: TreeID) async throws -> [UInt8]? {
        let store = calls.bench.store
        return try await Blocking.value {
            guard let entry = try store.entry(at: TreePath(path), in: tree), entry.kind == .file,
                entry.size <= Self.readCap
            else { return nil }
            return try store.get(entry.digest)
        }
    }
}
