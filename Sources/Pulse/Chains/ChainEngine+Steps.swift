import AgentOSCore
import EventLog
import Tools
import Workspaces

extension ChainEngine {
    /// The largest output that is handed on.
    static let outputLimit = EventLog.inlineBodyLimit

    /// Makes and starts the session of a place of a step, or finds that an earlier run has done the same.
    func begin(_ id: StepID, of chainId: ChainID) async throws {
        let chain = try await load(chainId)
        guard let run = chain.run(id), let step = chain.config.step(id.step), !run.isLive, !run.state.isEnded
        else {
            return
        }
        let input: StepInput
        var config: SessionConfig
        do {
            input = try await chain.merged(chain.sources(of: step), setting.chainFiles)
            config = try expanded(step, run, chain)
        } catch let fault as Fault {
            return try await fail(id, "\(fault)", chain)
        }
        switch input {
        case .own:
            guard step.from.isEmpty else {
                return try await fail(
                    id, "\(step.from.joined(separator: ", ")) left no files to go on with", chain)
            }
        case .handed(let tree, let origin): config.workspace = .handed(tree: tree, origin: origin.root)
        case .missing(let why): return try await fail(id, why, chain)
        case .conflict(let text):
            return try await append(
                [.paused(reason: conflictReason, detail: "\(step.name): \(text)", step: nil)], to: chain,
                by: actor(chainId))
        }
        if try await isUnchanged(id, step, config, run, chain) { return }
        try await start(id, config, run, chain)
    }

    private func start(_ id: StepID, _ config: SessionConfig, _ run: Chain.Run, _ chain: Chain) async throws {
        var config = config
        let attempt = run.attempts + 1
        config.chain = ChainPlace(chainId: chain.id, step: id.step, each: run.each, attempt: attempt)
        config.name = name(chain.config.name, id.step, run.each)
        let made: CommandReply
        do {
            made = try await pulse.perform(
                Command(
                    id: "chain/\(chain.id)/\(Self.word(id))/\(attempt)/create", name: "session.create",
                    arguments: ["config": .string(try JSONText.string(config))]), by: actor(chain.id))
        } catch let fault as Fault {
            // What cannot be made now will not be made by asking again, but a person can mend it and resume.
            return try await fail(id, "\(fault)", chain)
        }
        guard let text = made.value?["sessionId"]?.string else {
            throw Fault.failed("\(chain.id): the session of step \(id.step) has no id")
        }
        let session = SessionID(text)
        await own(session, by: chain.id)
        let input: TreeID? = if case .handed(let tree, _) = config.workspace { tree } else { nil }
        try await append(
            [
                .stepStarted(
                    StepStart(
                        step: id.step, index: id.index, each: run.each, attempt: attempt, sessionId: session,
                        input: input))
            ], to: chain, by: actor(chain.id))
        do { _ = try await send("session.start", session, "start", of: chain.id, id, attempt) } catch let
            fault as Fault
        {
            _ = try await send("session.cancel", session, "cancel", of: chain.id, id, attempt)
            setting.report(fault)
        }
    }

    private func fail(_ id: StepID, _ error: String, _ chain: Chain) async throws {
        try await append(
            [.stepFailed(id, error: error, state: .failed, product: nil)], to: chain, by: actor(chain.id))
    }

    /// `release-test-linux`, in letters that a branch can have.
    private func name(_ chain: String, _ step: String, _ each: [String: String]?) -> String {
        let values = (each ?? [:]).sorted { $0.key < $1.key }.map(\.value)
        let text = ([chain, step] + values).joined(separator: "-")
        let plain = text.map {
            $0.isLetter && $0.isASCII || $0.isNumber && $0.isASCII || "-_.".contains($0) ? $0 : "-"
        }
        return String(String(plain).prefix(80))
    }

    /// The session of a step with the names of the chain replaced.
    private func expanded(_ step: ChainStep, _ run: Chain.Run, _ chain: Chain) throws -> SessionConfig {
        try ChainText.expand(step.session) { name throws(Fault) in
            switch name {
            case .attempt: return String(run.attempts + 1)
            case .each(let axis):
                guard let value = run.each?[axis] else {
                    throw Fault.refused("\(name.text) has no value in step \(step.name)")
                }
                return value
            case .output(let other, let key):
                guard let output = chain.runs(of: other).first?.product?.output else {
                    throw Fault.refused("\(name.text): \(other) has left no output")
                }
                guard let value = ChainText.value(at: key, in: output),
                    let text = try? ChainText.text(of: value)
                else {
                    throw Fault.refused("\(name.text): the output of \(other) has no \(key)")
                }
                return text
            }
        }
    }

    // MARK: Unchanged steps

    /// Notes that an earlier run has done the same; false where none has, or nothing binds it.
    private func isUnchanged(
        _ id: StepID, _ step: ChainStep, _ config: SessionConfig, _ run: Chain.Run, _ chain: Chain
    ) async throws -> Bool {
        guard run.attempts == 0, chain.config.fresh != true else { return false }
        let earlier = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.greens(of: chain.config.name, id, each: run.each, before: chain.id, tenant: tenant)
        }
        guard !earlier.isEmpty, let source = try? await setting.chainFiles.source(config) else {
            return false
        }
        let key = try config.key(input: source, outputs: step.outputs)
        guard
            let same = earlier.first(where: {
                $0.product.key == key && setting.chainFiles.has($0.product.tree)
            })
        else { return false }
        try await append([.stepUnchanged(id, same)], to: chain, by: actor(chain.id))
        return true
    }

    // MARK: What a step leaves

    /// What a session left, and why its output cannot be used.
    func product(of session: Session, _ step: ChainStep) async throws -> (StepProduct?, String?) {
        guard let base = session.base, let first = session.checkpoints.first else { return (nil, nil) }
        let tree =
            session.state == .rolledBack
            ? first.tree : session.outcome?.tree ?? session.checkpoints.last?.tree ?? first.tree
        var product = StepProduct(tree: tree, start: first.tree, base: base.root)
        guard session.state == .complete else { return (product, nil) }
        if let input = try await setting.chainFiles.made(base) {
            product.key = try session.config.key(input: input, outputs: step.outputs)
        }
        guard let outputs = step.outputs else { return (product, nil) }
        switch try await output(outputs, tree) {
        case .success(let value): product.output = value
        case .failure(let fault): return (product, fault.message)
        }
        return (product, nil)
    }

    private func output(_ outputs: StepOutputs, _ tree: TreeID) async throws -> Result<JSONValue, Fault> {
        guard let bytes = try await setting.chainFiles.read(tree, outputs.file, Self.outputLimit) else {
            return .failure(
                .failed("output \(outputs.file) is not there, or larger than \(Self.outputLimit / 1024) KiB"))
        }
        guard let value = try? JSONText.decode(JSONValue.self, from: bytes) else {
            return .failure(.failed("output \(outputs.file) is not JSON"))
        }
        guard let text = outputs.schema else { return .success(value) }
        do throws(SchemaRefusal) {
            let schema = try JSONSchema(text)
            let problems = try schema.problems(in: value, limit: 5)
            guard problems.isEmpty else {
                return .failure(.failed("output \(outputs.file): \(problems.joined(separator: "; "))"))
            }
            return .success(value)
        } catch {
            return .failure(.failed("output \(outputs.file): \(error)"))
        }
    }

    /// How long the tries that have a time limit have run, as far as they run.
    func runningTimes(_ chain: Chain) async throws -> [SessionID: Int64] {
        var times: [SessionID: Int64] = [:]
        for run in chain.runs where run.isLive && chain.config.step(run.id.step)?.timeout != nil {
            guard let id = run.sessionId else { continue }
            times[id] = try await pulse.runner(for: id).runningTime
        }
        return times
    }
}
