import AgentOSCore
import Workspaces

/// What was put back, and what else of the session is still applied.
func unappliedReply(_ session: Session, _ delivery: Session.Delivery) -> CommandReply {
    let what =
        delivery.branch.map { "branch \($0) is removed" } ?? "\(counted(delivery.files, "file")) put back"
    let before = session.deliveries.dropLast()
    guard !before.isEmpty else { return CommandReply("\(session.id): \(what)") }
    let places = before.reversed().map { $0.branch.map { "branch \($0)" } ?? counted($0.files, "file") }
    let again = before.count == 1 ? "again to put that back" : "each unapply puts back the last of them"
    return CommandReply(
        "\(session.id): \(what); what was applied before stays: \(places.joined(separator: ", ")); \(again)")
}

/// `1 file`, `2 files`.
func counted(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }

/// `1 path is`, `2 paths are`: the number with the words for one or for more.
func counted(_ count: Int, one: String, many: String) -> String { "\(count) \(count == 1 ? one : many)" }

func deliveryValue(_ delivery: Session.Delivery?) -> JSONValue? {
    delivery.flatMap { try? JSONText.value($0) }
}

func dryRunReply(
    _ id: SessionID, _ plan: DeliveryPlan, gates: [String], _ refusal: Fault?
) -> CommandReply {
    var value: [String: JSONValue] = [
        "paths": .array(plan.paths.map { .string($0.description) }),
        "leftOut": .array(plan.leftOut.map { .string($0.description) }),
        "conflicts": .array(plan.conflicts.map { .string("\($0.path): \($0.reason)") }),
        "redGates": .array(gates.map { .string($0) }),
    ]
    if let branch = plan.branch { value["branch"] = .string(branch) }
    value["outward"] = .array(plan.outward.map { .string($0) })
    let place =
        plan.branch.map { "to branch \($0)" } ?? (plan.form == .patch ? "to a patch" : "into the files")
    let conflicts = plan.conflicts.isEmpty ? "" : ", \(plan.conflicts.count) in conflict"
    let would = "\(id) would write \(counted(plan.paths.count, "file")) \(place)\(conflicts)"
    guard plan.conflicts.isEmpty, let refusal else {
        return CommandReply(would, value: .object(value), code: plan.conflicts.isEmpty ? .done : .negative)
    }
    return CommandReply("\(would), but is refused: \(refusal)", value: .object(value), code: refusal.code)
}

func appliedReply(
    _ id: SessionID, _ record: DeliveryRecord, _ rest: DeliveryRest?, _ command: String
) -> CommandReply {
    var value: [String: JSONValue] = [
        "sessionId": .string(id.rawValue), "files": .int(Int64(record.paths.count)),
    ]
    if let branch = record.branch { value["branch"] = .string(branch) }
    if let commit = record.commit { value["commit"] = .string(commit) }
    let place =
        record.branch.map { "branch \($0), commit \(record.commit?.prefix(12) ?? "")" }
        ?? "the files of \(record.source)"
    var waits = ""
    if let rest {
        value["left"] = .int(Int64(rest.left))
        value["leftOut"] = .array((record.waits ?? []).map { .string($0.description) })
        waits =
            " (\(rest.of - rest.left) of \(rest.of); the rest waits until it is applied, or agentos session discard \(id))"
    }
    return CommandReply(
        "\(id) applied to \(place): \(counted(record.paths.count, "file"))\(waits); undo: agentos session unapply \(id)",
        value: .object(value))
}
