import AgentOSCore
import ObjectStore
import Workspaces

extension PulseEngine {
    /// Delivers a session's files, or as its result the files of several steps of its chain.
    func apply(_ id: SessionID, _ arguments: Arguments, _ actor: Actor, tree merged: TreeID? = nil)
        async throws
        -> CommandReply
    {
        let runner = try await stillRunner(for: id)
        let order = try DeliveryOrder(arguments)
        let setting = setting
        let told = Told()
        let after = try await runner.perform(by: actor, commandId: arguments.command.id) { [runner] session in
            try checkDeliverable(session)
            if session.delivering != nil {
                guard !order.isDryRun, order.patch == nil else {
                    throw Fault.refused(
                        "an earlier apply of \(id) was cut short: its files are half there",
                        hint: "put them back first: agentos session unapply \(id)")
                }
                try await putBackHalfDelivery(session, setting, runner, actor)
            }
            let tree =
                if let merged { merged } else { try await setting.bench.snapshot(session).tree }
            let request = DeliveryRequest(
                session: id, name: session.config.name, tree: tree, audit: try await runner.lastHash(),
                subject: line(session.config.goal), at: session.touchedAt, form: order.form,
                only: order.only, command: askedBy(arguments, id))
            let plan = try await setting.delivery.plan(session, request)
            let red = redGates(session, tree)
            let refusal = red.isEmpty || order.isUngated ? nil : redFault(red, session)
            if order.isDryRun {
                await told.tell(dryRunReply(id, plan, gates: red, refusal))
                return []
            }
            if let fault = plan.conflictFault { throw fault }
            if let refusal { throw refusal }
            if let path = order.patch { return try await patch(plan, to: path, session, told) }
            let waits = stillWaiting(plan, session)
            let isLast = waits.isEmpty && session.resultDelivery?.rest != nil
            if let same = session.deliveries.first(where: { isSame($0, plan) }), !isLast {
                await told.tell(CommandReply("\(id) is applied already", value: deliveryValue(same)))
                return []
            }
            guard !plan.isEmpty || isLast else {
                await told.tell(
                    CommandReply(
                        "\(id) has nothing to apply: what it changed is there already; if that is all, "
                            + "agentos session discard \(id) settles it"))
                return []
            }
            let intent = DeliveryRecord(
                form: plan.form, source: session.base?.source ?? "",
                branch: plan.isNewBranch ? plan.branch : nil, commit: nil,
                paths: plan.paths,
                before: plan.before, after: plan.after, tree: tree, date: request.date)
            try await runner.note([.applying(record: try JSONText.value(intent))], by: actor)
            var record: DeliveryRecord
            do { record = try await setting.delivery.perform(session, plan) } catch {
                try await setting.delivery.revert(session, intent)
                try await runner.note([.deliveryUndone], by: actor)
                throw error
            }
            if !waits.isEmpty { record.waits = waits }
            let rest = waits.isEmpty ? nil : DeliveryRest(left: waits.count, of: plan.count)
            let form = plan.form == .here ? "here" : "branch"
            await told.tell(appliedReply(id, record, rest, request.command))
            return [
                .applied(
                    form: red.isEmpty ? form : "\(form), ungated", branch: record.branch,
                    commit: record.commit,
                    files: record.paths.count, record: try JSONText.value(record), rest: rest)
            ]
        }
        return await told.reply ?? CommandReply("\(id) applied", value: reading(after))
    }

    /// Puts back what deliveries wrote that a host was killed in: a source is as it was, or has all of a result.
    func putBackHalfDeliveries() async throws {
        let halves = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.rows(
                """
                SELECT id FROM sessions WHERE tenant = ?1 AND (
                    SELECT type FROM events WHERE tenant = ?1 AND stream = 'session/' || sessions.id
                    ORDER BY version DESC LIMIT 1) = 'session.applying'
                """, [tenant]
            ) { try $0.at(0, as: SessionID.self) }
        }
        for id in halves {
            do {
                let (runner, setting) = (try await runner(for: id), setting)
                _ = try await runner.perform(by: .engine, commandId: nil) { [runner] session in
                    try await putBackHalfDelivery(session, setting, runner, .engine)
                    return []
                }
            } catch {
                setting.report(
                    Fault.failed(
                        "what a killed apply of \(id) wrote cannot be put back: \(error)",
                        hint: "see: agentos session unapply \(id)"))
            }
        }
    }

    /// The runner of a session once no call that was ended with it still writes.
    private func stillRunner(for id: SessionID) async throws -> SessionRunner {
        let runner = try await runner(for: id)
        if await runner.session.state.isEnded { await runner.waitUntilIdle() }
        return runner
    }

    /// The reply that is made while the lock is held.
    private actor Told {
        private(set) var reply: CommandReply?
        func tell(_ reply: CommandReply) { self.reply = reply }
    }

    private nonisolated func patch(
        _ plan: DeliveryPlan, to path: String, _ session: Session, _ told: Told
    ) async throws -> [SessionEvent] {
        let bytes = try await setting.delivery.patch(session, plan)
        if path == "-" {
            await told.tell(
                CommandReply(
                    "patch of \(counted(plan.paths.count, "file"))",
                    value: ["patch": .string(String(decoding: bytes, as: UTF8.self))]))
        } else {
            try await setting.delivery.write(bytes, path)
            await told.tell(
                CommandReply(
                    "patch of \(counted(plan.paths.count, "file")) written to \(path)",
                    value: ["path": .string(path)]))
        }
        return [.exported(to: path == "-" ? "a patch" : path)]
    }

    func unapply(_ id: SessionID, _ arguments: Arguments, _ actor: Actor) async throws -> CommandReply {
        let runner = try await runner(for: id)
        let setting = setting
        let told = Told()
        let after = try await runner.perform(by: actor, commandId: arguments.command.id) { [runner] session in
            try refuseInPlace("unapply", session)
            if session.delivering != nil {
                try await putBackHalfDelivery(session, setting, runner, actor)
                await told.tell(CommandReply("\(id): an apply that was cut short is put back"))
                return []
            }
            guard let applied = session.delivery else {
                if session.result == .pending { return [] }
                throw Fault.refused("\(id) has not been applied", hint: "see: agentos session show \(id)")
            }
            try await setting.delivery.revert(
                session, try JSONText.decode(DeliveryRecord.self, from: applied.record))
            await told.tell(unappliedReply(session, applied))
            return [.unapplied]
        }
        let said = await told.reply?.message ?? "\(id) is not applied: there is nothing to put back"
        return CommandReply(said, value: reading(after))
    }

    func export(_ id: SessionID, _ arguments: Arguments, _ actor: Actor) async throws -> CommandReply {
        let runner = try await stillRunner(for: id)
        let to = try arguments.text("to")
        let setting = setting
        let told = Told()
        _ = try await runner.perform(by: actor, commandId: arguments.command.id) { session in
            try checkDeliverable(session)
            let taken = try await setting.bench.snapshot(session)
            let (files, missing) = try await setting.delivery.export(session, taken.tree, to)
            let without =
                missing.isEmpty
                ? ""
                : "; over the size cap and not kept, copy them from the workspace: "
                    + missing.prefix(10).joined(separator: ", ")
                    + (missing.count > 10 ? ", … (\(missing.count))" : "")
            await told.tell(
                CommandReply(
                    "\(id): \(counted(files, "file")) written to \(to)\(without)",
                    value: [
                        "path": .string(to), "files": .int(Int64(files)),
                        "missing": .array(missing.map { .string($0) }),
                    ]))
            return [.exported(to: to)]
        }
        return await told.reply ?? CommandReply("\(id) exported")
    }

    func discard(_ id: SessionID, _ arguments: Arguments, _ actor: Actor) async throws -> CommandReply {
        let runner = try await stillRunner(for: id)
        let told = Told()
        let after = try await runner.perform(by: actor, commandId: arguments.command.id) { session in
            guard session.state.isEnded else {
                throw cannot("discard", session, hint: "cancel it first: agentos session cancel \(id)")
            }
            try refuseInPlace("discard", session)
            if session.result == .pending, let taken = session.resultDelivery, let rest = taken.rest {
                await told.tell(
                    CommandReply(
                        "\(id): the rest is discarded, \(counted(rest.left, "file")); the \(rest.of - rest.left) "
                            + "applied stay, agentos session unapply \(id) takes them back"))
                return [.discarded]
            }
            switch session.result {
            case .discarded: return []
            case .applied:
                throw Fault.refused(
                    "\(id) is applied", hint: "put it back first: agentos session unapply \(id)")
            case .none, .pending: return [.discarded]
            }
        }
        let said = await told.reply?.message ?? "\(id) discarded; its files stay until they are cleared"
        return CommandReply(said, value: reading(after))
    }
}

/// How a person wants a result.
private struct DeliveryOrder {
    let form: DeliveryForm?
    let patch: String?
    let only: [String]
    let isDryRun: Bool
    let isUngated: Bool

    init(_ arguments: Arguments) throws {
        let branch = try arguments.find("branch")
        let here = try arguments.flag("here")
        patch = try arguments.find("patch")
        guard [branch != nil, here, patch != nil].filter({ $0 }).count <= 1 else {
            throw Fault.usage("session.apply takes one of branch, here and patch")
        }
        form = patch != nil ? .patch : here ? .here : branch.map { .branch($0.isEmpty ? nil : $0) }
        only = try arguments.list("only")
        isDryRun = try arguments.flag("dry-run")
        isUngated = try arguments.flag("ungated")
    }
}

/// Refuses a session whose files may still change, or that has none.
private func checkDeliverable(_ session: Session) throws(Fault) {
    switch session.state {
    case .paused, .complete, .failed, .cancelled, .rolledBack: break
    case .queued, .running, .checkpoint, .gateCheck, .rollback:
        throw cannot(
            "take the files of", session, hint: "pause it or wait: agentos session show \(session.id)")
    case .created:
        throw cannot("take the files of", session, hint: "start it: agentos session start \(session.id)")
    }
    guard session.base != nil else { throw Fault.refused("\(session.id) has no workspace") }
}

/// Refuses what there is nothing to do for: the folder is the person's own, and has what the session did.
private func refuseInPlace(_ verb: String, _ session: Session) throws(Fault) {
    guard session.isInPlace else { return }
    throw Fault.refused(
        "cannot \(verb) \(session.id): it worked in \(session.base?.source ?? "the folder") itself, nothing of it waits",
        hint: "put its files back with: agentos session rollback \(session.id)")
}

/// The command that asks for a delivery, for advice that can be pasted.
private func askedBy(_ arguments: Arguments, _ id: SessionID) -> String {
    let isChain = arguments.command.name == "chain.apply"
    return isChain ? "chain apply \((try? arguments.text("id")) ?? "")" : "session apply \(id)"
}

private func redFault(_ red: [String], _ session: Session) -> Fault {
    Fault.refused(
        "gate \(red.joined(separator: ", ")) is not green for these files of \(session.id)",
        hint: session.state == .paused
            ? "resume it to run the gates, or take it as it is with --ungated"
            : "take it as it is with --ungated, or let it go on: agentos session say \(session.id) TEXT")
}

/// What of the result no delivery has taken once a plan is carried out.
private func stillWaiting(_ plan: DeliveryPlan, _ session: Session) -> [TreePath] {
    let earlier = session.resultDelivery.flatMap {
        try? JSONText.decode(DeliveryRecord.self, from: $0.record)
    }
    guard let earlier, earlier.tree == plan.request.tree else { return plan.leftOut }
    let waited = Set(earlier.waits ?? [])
    return plan.leftOut.filter(waited.contains)
}

/// Puts back what a delivery wrote whose host ended before it was done.
private func putBackHalfDelivery(
    _ session: Session, _ setting: PulseSetting, _ runner: SessionRunner, _ actor: Actor
) async throws {
    guard let record = session.delivering else { return }
    try await setting.delivery.revert(session, try JSONText.decode(DeliveryRecord.self, from: record))
    try await runner.note([.deliveryUndone], by: actor)
}

/// Whether a plan would deliver what a delivery has delivered.
private func isSame(_ delivery: Session.Delivery, _ plan: DeliveryPlan) -> Bool {
    guard let record = try? JSONText.decode(DeliveryRecord.self, from: delivery.record) else { return false }
    return record.tree == plan.request.tree && record.form == plan.form && record.branch == plan.branch
        && (plan.isEmpty || record.paths == plan.paths)
}

/// Required gates that are not green for exactly this tree.
private func redGates(_ session: Session, _ tree: TreeID) -> [String] {
    session.config.gates.filter { gate in
        gate.required
            && !session.gates.contains {
                $0.gate == gate.name && $0.passed && $0.tree == tree && $0.gateHash == gateHash(gate)
            }
    }.map(\.name)
}
