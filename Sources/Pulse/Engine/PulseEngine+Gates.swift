import AgentOSCore
import Ledger

/// Gates by hand, and judges that the configuration makes impossible.
extension PulseEngine {
    /// Runs one gate of a session that does not work on its present files.
    func runGate(_ id: SessionID, _ arguments: Arguments, _ actor: Actor) async throws -> CommandReply {
        let name = try arguments.text("gate")
        let runner = try await runner(for: id)
        let session = await runner.session
        if let gate = session.config.gates.first(where: { $0.name == name }), case .run = gate.kind,
            let refusal = setting.refusal
        {
            throw refusal
        }
        let came: HandGate
        do { came = try await runner.runGate(named: name, by: actor, commandId: arguments.command.id) } catch
        {
            await follow(runner, runner.session)
            throw error
        }
        await follow(runner, runner.session)
        switch came {
        case .done(let outcome): return reply(of: outcome, id)
        case .waits(let item):
            return CommandReply(
                "gate \(name) of \(id) waits for a person; answer it: agentos inbox answer \(item) yes|no",
                value: [
                    "sessionId": .string(id.rawValue), "gate": .string(name),
                    "itemId": .string(item.rawValue),
                ], code: .waiting)
        }
    }

    /// The answer to a gate that was run by this very command before.
    func repeatedGate(_ id: SessionID, _ arguments: Arguments) async throws -> CommandReply? {
        let name = try arguments.text("gate")
        return try await session(id).gates.last { $0.gate == name }.map { reply(of: $0, id) }
    }

    private func reply(of outcome: GateOutcome, _ id: SessionID) -> CommandReply {
        var members: [String: JSONValue] = [
            "sessionId": .string(id.rawValue), "gate": .string(outcome.gate), "passed": .bool(outcome.passed),
            "required": .bool(outcome.required), "tree": .string(outcome.tree.rawValue),
            "gateHash": .string(outcome.gateHash), "output": .string(outcome.output),
            "milliseconds": .int(outcome.milliseconds),
        ]
        if let reason = outcome.reason { members["reason"] = .string(reason) }
        if let tests = outcome.tests { members["tests"] = .int(Int64(tests)) }
        let advisory = outcome.required ? "" : " (advisory)"
        let verdict =
            outcome.passed ? "green" : "red\(advisory): \(outcome.reason ?? "no reason given")"
        return CommandReply(
            "gate \(outcome.gate) of \(id) is \(verdict)", value: .object(members),
            code: outcome.passed ? .done : .negative)
    }

    /// Refuses a judge that can be nobody but the author, or that nobody can call.
    func checkJudges(of config: SessionConfig) throws(Fault) {
        let author = (try? setting.models(config.model)) ?? []
        for gate in config.gates {
            guard let rule = gate.judge else { continue }
            let judges: [ModelReference]
            do { judges = try setting.models(rule.model) } catch {
                throw Fault(.usage, "gate \(gate.name): judge: \(error.message)", hint: error.hint)
            }
            if let reason = selfJudging(gate, author: author, judges: judges, model: config.model) {
                throw .usage(reason, hint: "name another model for the judge: nobody judges their own work")
            }
        }
    }
}

extension PulseEngine {
    /// Settles a call that an earlier process left open in a session that does not work; a host that takes a session up
    /// settles its own.
    package func settle(_ call: OpenCall) async {
        guard let id = call.sessionId else { return }
        do {
            let state = try await setting.log.read { [tenant = setting.tenant] sql in
                try sql.value(
                    "SELECT state FROM sessions WHERE tenant = ? AND id = ?", [tenant, id], as: String.self)
            }
            let working: [SessionState] = [.running, .checkpoint, .gateCheck, .rollback]
            guard let state, !working.map(\.rawValue).contains(state) else { return }
            try await runner(for: id).settle(call)
        } catch {
            setting.report(
                Fault.failed(
                    "what is held for call \(call.id) of \(id) cannot be settled: \(error)",
                    hint: "see: agentos session show \(id)"))
        }
    }
}
