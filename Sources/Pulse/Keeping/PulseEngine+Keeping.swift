import AgentOSCore
import EventLog
import ObjectStore

/// Clears what the configuration's `keep` says is kept no longer.
///
/// In this order, so that an end in between loses nothing: a session's last files are kept in a checkpoint, the event
/// that says what is cleared is committed, and only then the workspace goes, in one step. Objects go last: those that
/// no event of a kept session names. What is left half done is found by the next clearing.
extension PulseEngine {
    /// How much the home holds.
    public func size() async throws -> HomeSize.Reading {
        let keeping = setting.keeping
        let events = try await setting.log.read { sql in
            try sql.value("SELECT count(*) FROM events", as: Int.self) ?? 0
        }
        let parts = try await Blocking.value { keeping.parts(events: events) }
        let objects = try await surveyObjects(leaving: try await plan().gone)
        return HomeSize.Reading(
            parts: parts + [HomeSize.Part(part: "objects", count: objects.all, bytes: objects.bytes)],
            unreachable: HomeSize.Part(
                part: "unreachable", count: objects.unreachable.count,
                bytes: objects.unreachable.reduce(0) { $0 + $1.bytes }))
    }

    func clear(_ arguments: Arguments, _ actor: Actor) async throws -> CommandReply {
        let isDryRun = try arguments.flag("dry-run")
        var plan = try await plan()
        if isDryRun {
            plan.count(try await surveyObjects(leaving: plan.gone).unreachable)
            let message =
                plan.isEmpty
                ? "there is nothing to clear"
                : "would clear \(Self.words(of: plan))"
            return CommandReply(message, value: plan.value(isDryRun: true))
        }
        guard beginClearing() else { throw Fault.refused("the home is being cleared already", hint: "wait") }
        defer { endClearing() }
        var done = KeepingPlan()
        for id in Set(plan.workspaces.keys).union(plan.sessions).sorted() {
            guard try await evict(id, checkpoints: plan.sessions.contains(id), actor) else { continue }
            done.workspaces[id] = plan.workspaces[id]
            if plan.sessions.contains(id) { done.sessions.append(id) }
        }
        let (store, now) = (setting.keeping.store, setting.clock.now())
        // What is cleared now is what the log says is cleared: a session that was taken up meanwhile is kept.
        let survey = try await surveyObjects(leaving: try await self.plan().gone)
        (done.objects, done.objectBytes) = try await Blocking.value {
            try store.remove(
                survey.unreachable, untouchedSince: now.adding(milliseconds: -ObjectStore.grace))
        }
        if !done.isEmpty { try await note(done, actor, arguments.command.id) }
        let message =
            done.isEmpty
            ? "there was nothing to clear"
            : "cleared \(Self.words(of: done))"
        return CommandReply(message, value: done.value(isDryRun: false))
    }

    private static func words(of plan: KeepingPlan) -> String {
        "\(counted(plan.workspaces.count, "workspace")), the checkpoints of "
            + "\(counted(plan.sessions.count, "session")) and \(counted(plan.objects, "object")): "
            + "\(plan.bytes) bytes"
    }

    private func note(_ done: KeepingPlan, _ actor: Actor, _ commandId: String) async throws {
        let payload: JSONValue = [
            "bytes": .int(done.bytes), "objects": .int(Int64(done.objects)),
            "workspaces": .int(Int64(done.workspaces.count)), "sessions": .int(Int64(done.sessions.count)),
            "command": .string(commandId),
        ]
        try await setting.log.append(
            Append(
                tenant: setting.tenant, stream: "home/keeping",
                events: [NewEvent(type: "home.cleared", payload: try JSONText.string(payload))],
                actor: actor, at: setting.clock.now()))
    }

    // MARK: What is kept

    private func plan() async throws -> KeepingPlan {
        let sessions = try await keptSessions()
        let rules = KeepingRules(keep: setting.keep, now: setting.clock.now())
        var plan = KeepingPlan()
        plan.sessions = sessions.filter { rules.isPast($0) }.map(\.id)
        plan.sessions += try await beyondLimit(sessions.filter { !rules.isPast($0) })
        for session in sessions where rules.losesWorkspace(session) || plan.sessions.contains(session.id) {
            plan.workspaces[session.id] = session.workspace
        }
        let cleared = Set(sessions.filter(\.isCleared).map(\.id))
        plan.gone = Set(plan.sessions)
        plan.sessions.removeAll(where: cleared.contains)
        return plan
    }
}
