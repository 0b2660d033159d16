import AgentOSCore

extension GateConfig {
    /// Whether a person decides.
    var asksAPerson: Bool {
        switch kind {
        case .human: true
        case .run, .diff, .match, .schema, .present, .judge: false
        }
    }
}

/// A gate that a person decides on: asked once for these files in this attempt, and the answer is its result.
func stepToPerson(_ gate: GateConfig, _ tree: TreeID, in session: Session) -> SessionEffect {
    // The answer is bound to the files: other files, another request.
    let call = ToolCall(
        id: "\(session.id).gate.\(gate.name).\(session.gateAttempt).\(tree)", name: "gate",
        arguments: ["gate": .string(gate.name), "tree": .string(tree.rawValue)])
    func outcome(_ reason: String?) -> SessionEffect {
        let outcome = GateOutcome(
            gate: gate.name, passed: reason == nil, required: gate.required, tree: tree,
            gateHash: gateHash(gate), reason: reason, output: "", attempt: session.gateAttempt,
            milliseconds: 0)
        return .record([reason == nil ? .gatePassed(outcome) : .gateFailed(outcome)])
    }
    switch session.answers[call.id] {
    case .yes: return outcome(nil)
    case .no(let why): return outcome(why.map { "a person said no: \(SafeText($0))" } ?? "a person said no")
    case .text(let text): return outcome("a person said: \(SafeText(text))")
    case .unattended: return outcome("nobody answered, and the session does not wait")
    case nil: break
    }
    guard case .human(let question) = gate.kind else { return .runGate(gate) }
    let request = PersonRequest(
        itemId: ItemID("\(session.id).h\(session.requestCount + 1)"), kind: .gate, call: call,
        text: "gate \(gate.name): \(question)")
    if session.config.unattended == .deny {
        return .record([.asked(request), .answered(itemId: request.itemId, answer: .unattended)])
    }
    return .record([.asked(request), .paused(reason: .approval)])
}
