import AgentOSCore
import EventLog

/// The emergency brake: while it is on, no session takes another step and none is started.
///
/// It is a state in the log of the machine; sessions find it at their next safe point, so putting it on is one event,
/// and a host that dies in between changes nothing. What it has paused goes on when it is taken off.
extension PulseEngine {
    private static let brakeStream = "host/brake"

    /// Puts the brake on or takes it off, nil for the other way; answers with how many sessions that concerns.
    public func setBrake(_ wanted: Bool?, by actor: Actor, commandId: String) async throws -> CommandReply {
        while true {
            let last = try await lastBrake()
            let isOn = wanted ?? !last.isOn
            let isRepeated = last.commandId == commandId
            if isOn != last.isOn, !isRepeated {
                do {
                    try await setting.log.append(
                        Append(
                            tenant: .host, stream: Self.brakeStream, expectedVersion: last.version,
                            events: [
                                NewEvent(
                                    type: isOn ? "host.paused" : "host.resumed",
                                    payload: try JSONText.string(
                                        JSONValue.object(["command": .string(commandId)])))
                            ], actor: actor, at: setting.clock.now()))
                } catch is StaleVersion { continue }
            }
            let now = isRepeated ? last.isOn : isOn
            setting.brake.set(now)
            noteChange()
            let count = now ? try await workingCount() : try await releaseBraked(by: actor)
            return reply(now, count)
        }
    }

    private func reply(_ isOn: Bool, _ count: Int) -> CommandReply {
        let sessions = "\(count) session\(count == 1 ? "" : "s")"
        return CommandReply(
            isOn
                ? "everything pauses at its next safe point: \(sessions); again to go on"
                : "everything goes on: \(sessions)",
            value: ["paused": .bool(isOn), "sessions": .int(Int64(count))])
    }

    /// Who put the brake on, and when; nil while it is off.
    public func brakeNotice() async throws -> (at: Timestamp, by: Actor)? {
        guard isPausedAll else { return nil }
        return try await setting.log.read { sql in
            try sql.first(
                "SELECT at, actor FROM events WHERE tenant = ? AND stream = ? ORDER BY version DESC LIMIT 1",
                [TenantID.host, Self.brakeStream]
            ) {
                (
                    try $0.at(0, as: Timestamp.self),
                    try JSONText.decode(Actor.self, from: $0.at(1, as: String.self))
                )
            }
        }
    }

    /// Takes up what the log says of the brake.
    public func recallBrake() async throws { setting.brake.set(try await lastBrake().isOn) }

    /// Lets the sessions go on that the brake has paused; returns how many.
    func releaseBraked(by actor: Actor) async throws -> Int {
        var count = 0
        for id in try await braked() {
            let runner = try await runner(for: id)
            let after = try await runner.perform(by: actor, commandId: nil) { session in
                session.state == .paused && session.reason == .pauseAll ? [.resumed] : []
            }
            if after.state.isWorking {
                go(id)
                count += 1
            }
        }
        try await startQueued()
        return count
    }

    private func lastBrake() async throws -> (isOn: Bool, version: Int64, commandId: String?) {
        let last = try await setting.log.read { sql in
            try sql.first(
                "SELECT type, version, payload FROM events WHERE tenant = ? AND stream = ? ORDER BY version DESC LIMIT 1",
                [TenantID.host, Self.brakeStream]
            ) {
                (try $0.at(0, as: String.self), try $0.at(1, as: Int64.self), try $0.at(2, as: String.self))
            }
        }
        guard let (type, version, payload) = last else { return (false, 0, nil) }
        let fields = try JSONText.decode(JSONValue.self, from: payload)
        return (type == "host.paused", version, fields["command"]?.string)
    }

    private func workingCount() async throws -> Int {
        try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.value(
                "SELECT count(*) FROM sessions WHERE tenant = ? AND state IN ('RUNNING', 'CHECKPOINT', 'GATE_CHECK')",
                [tenant], as: Int.self) ?? 0
        }
    }

    private func braked() async throws -> [SessionID] {
        try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.rows(
                "SELECT id, summary FROM sessions WHERE tenant = ? AND state = 'PAUSED' ORDER BY touched, id",
                [tenant]
            ) { (try $0.at(0, as: SessionID.self), try $0.at(1, as: String.self)) }
        }.filter { try JSONText.decode(SessionSummary.self, from: $0.1).reason == .pauseAll }.map(\.0)
    }
}
