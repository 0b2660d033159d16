import AgentOSCore

/// What is to be done with a call before it runs.
enum CallVerdict: Hashable {
    /// It runs.
    case run
    /// A person is asked first.
    case ask
    /// It is refused; the text is for the model.
    case deny(String)
}

/// Decides whether a call runs.
///
/// `effect` is nil for a tool that the session does not have.
///
/// The stages in order: the tool exists → deny rules → a person's answer → allow rules → the `ask` policy.
func verdict(on call: ToolCall, effect: EffectClass?, in session: Session) -> CallVerdict {
    guard let effect else {
        return .deny(
            "There is no tool '\(call.name)'. Use one of: \(session.config.tools.joined(separator: ", ")).")
    }
    let subject = callSubject(call)
    if let rule = session.config.deny.first(where: { ruleDenies($0, tool: call.name, subject: subject) }) {
        return .deny("Refused by the rule 'deny: \(rule)'. Do it another way.")
    }
    switch session.answers[call.id] {
    case .yes: return .run
    case .no(let why):
        return .deny(
            "A person refused this call" + (why.map { ": \(sentence($0))" } ?? ".")
                + " Do it another way or ask.")
    case .unattended:
        return .deny("Nobody answered, and this session denies what nobody answers. Do it another way.")
    case .text, nil: break
    }
    if session.config.allow.contains(where: { ruleAllows($0, tool: call.name, subject: subject) }) {
        return .run
    }
    switch session.config.ask {
    case .never: return .run
    case .outside: return effect == .outside && !writesInPlace(call, session) ? .ask : .run
    case .always: return effect == .read ? .run : .ask
    }
}

/// Why `verdict` asks for a call, to be read after *because*: the policy, or what the call reaches beyond.
///
/// It looks at what the session was made with alone, so that old requests tell their reason too.
func askReason(_ call: ToolCall, in config: SessionConfig) -> String {
    var reasons: [String] = []
    switch config.ask {
    case .always: reasons.append("every change is asked (ask: always)")
    case .outside, .never:
        if case .inplace = config.workspace {
            reasons.append("it works in your own folder (workspace: inplace)")
        }
        if config.network == .all { reasons.append("it can reach the network (network: all)") }
        if reasons.isEmpty { reasons.append("it can reach outside of its workspace") }
    }
    let subject = callSubject(call)
    let near = config.allow.first { rule in
        pattern(of: rule, for: call.name).map { TextGlob.matches($0, subject) } ?? false
            && !ruleAllows(rule, tool: call.name, subject: subject)
    }
    if let near { reasons.append("allow '\(near)' covers no chained commands") }
    return reasons.joined(separator: ", ")
}

/// A person's words with an end, so that what follows them stands apart.
private func sentence(_ text: String) -> String {
    text.last.map { ".!?".contains($0) } ?? true ? text : text + "."
}

/// Whether a call only writes files of a folder that was given to the session itself: that is what it was given for,
/// and checkpoints hold what was there.
private func writesInPlace(_ call: ToolCall, _ session: Session) -> Bool {
    guard case .inplace = session.config.workspace else { return false }
    return call.name == "write" || call.name == "edit"
}

/// What a rule's pattern is held against: the command of a shell call, the path of a file tool, else the arguments.
func callSubject(_ call: ToolCall) -> String {
    if let command = call.arguments["command"]?.string { return command }
    if let path = call.arguments["path"]?.string { return path }
    if let url = call.arguments["url"]?.string { return url }
    return (try? JSONText.string(call.arguments)) ?? ""
}

/// Whether an allow rule covers a call.
///
/// A `*` never covers a character by which a shell begins another command, so `shell git status*` does not
/// allow `git status; rm -rf .`.
func ruleAllows(_ rule: String, tool: String, subject: String) -> Bool {
    guard let pattern = pattern(of: rule, for: tool) else { return false }
    let chaining: Set<Character> = [";", "&", "|", "`", "$", "\n", "\r\n", "\r", "<", ">", "(", ")"]
    if tool == "shell", subject.contains(where: chaining.contains) { return pattern == subject }
    return TextGlob.matches(pattern, subject)
}

/// Whether a deny rule covers a call, in any of the commands that a shell line chains.
func ruleDenies(_ rule: String, tool: String, subject: String) -> Bool {
    guard let pattern = pattern(of: rule, for: tool) else { return false }
    if TextGlob.matches(pattern, subject) { return true }
    guard tool == "shell" else { return false }
    let separators: Set<Character> = [";", "&", "|", "`", "\n", "\r\n", "(", ")", "{", "}"]
    return subject.split(whereSeparator: separators.contains).contains { part in
        TextGlob.matches(pattern, String(part.drop(while: { $0 == " " || $0 == "$" })))
    }
}

/// Whether a rule names a tool and a pattern.
func ruleIsWhole(_ rule: String) -> Bool {
    let parts = rule.split(separator: " ", maxSplits: 1)
    return parts.count == 2 && parts[0] != "*"
}

private func pattern(of rule: String, for tool: String) -> String? {
    let parts = rule.split(separator: " ", maxSplits: 1)
    guard let name = parts.first, name == tool || name == "*" else { return nil }
    return parts.count == 2 ? String(parts[1]) : "*"
}
