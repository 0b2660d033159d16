import AgentOSCore

/// How often what is repeated makes a loop.
enum LoopThreshold {
    /// The same call with the same result.
    static let sameCall = 4
    /// The same call with the same error.
    static let sameError = 3
    /// Calls of two that take turns.
    static let alternating = 6
    /// Turns of text that lead nowhere.
    static let monologue = 3
}

/// Whether a session goes in circles, with the evidence; nil where it does not.
///
/// Looks at what was said and done since a person last looked. Calls that poll are left out: they are meant to be repeated.
func loop(in session: Session) -> LoopEvidence? {
    let messages = session.messages.dropFirst(session.loopSeen)
    let steps = steps(of: messages)
    return repeated(steps) ?? alternating(steps) ?? monologue(messages)
}

/// A call and what it came to.
private struct Step: Hashable {
    var name: String
    var arguments: JSONValue
    var result: String
    var isError: Bool
}

private func steps(of messages: ArraySlice<Message>) -> [Step] {
    var calls: [String: ToolCall] = [:]
    var steps: [Step] = []
    for message in messages {
        switch message {
        case .user: break
        case .assistant(_, let made): for call in made { calls[call.id] = call }
        case .tool(let id, let text, let isError):
            guard let call = calls[id], !polls(call) else { continue }
            steps.append(Step(name: call.name, arguments: call.arguments, result: text, isError: isError))
        }
    }
    return steps
}

/// Whether a call is made to be repeated: a question to a person, a command that waits.
private func polls(_ call: ToolCall) -> Bool {
    if call.name == "ask" { return true }
    guard let command = call.arguments["command"]?.string else { return false }
    return command.split { !$0.isLetter }.contains { $0 == "sleep" || $0 == "wait" || $0 == "inotifywait" }
}

private func repeated(_ steps: [Step]) -> LoopEvidence? {
    guard let last = steps.last else { return nil }
    let times = steps.reversed().prefix { $0 == last }.count
    if last.isError, times >= LoopThreshold.sameError {
        return LoopEvidence(pattern: .sameError, times: times, lines: [told(last)])
    }
    guard times >= LoopThreshold.sameCall else { return nil }
    return LoopEvidence(pattern: .sameCall, times: times, lines: [told(last)])
}

private func alternating(_ steps: [Step]) -> LoopEvidence? {
    let last = Array(steps.suffix(LoopThreshold.alternating))
    guard last.count == LoopThreshold.alternating, last[0] != last[1],
        last.indices.dropFirst(2).allSatisfy({ last[$0] == last[$0 - 2] })
    else { return nil }
    return LoopEvidence(pattern: .alternating, times: last.count, lines: [told(last[0]), told(last[1])])
}

private func monologue(_ messages: ArraySlice<Message>) -> LoopEvidence? {
    let turns = messages.compactMap { message -> (text: String, isTalk: Bool)? in
        guard case .assistant(let text, let calls) = message else { return nil }
        return (text, calls.isEmpty)
    }.suffix(LoopThreshold.monologue)
    guard turns.count == LoopThreshold.monologue, let last = turns.last else { return nil }
    guard turns.allSatisfy(\.isTalk) || turns.allSatisfy({ isNearly($0.text, last.text) }) else { return nil }
    return LoopEvidence(pattern: .monologue, times: turns.count, lines: turns.map { line($0.text) })
}

/// Whether two texts of some length say nearly the same in nearly the same words.
private func isNearly(_ one: String, _ other: String) -> Bool {
    let (left, right) = (words(one), words(other))
    guard min(left.count, right.count) >= 12 else { return false }
    return Double(left.intersection(right).count) >= 0.9 * Double(left.union(right).count)
}

private func words(_ text: String) -> Set<Substring> {
    Set(text.lowercased().prefix(4000).split { !$0.isLetter }.map { Substring($0) })
}

private func told(_ step: Step) -> String {
    let call = ToolCall(id: "", name: step.name, arguments: step.arguments)
    return line("\(step.name) \(callSubject(call))") + " → " + line(step.result)
}
