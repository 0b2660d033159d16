import AgentOSCore

/// What a command-line agent tells of itself.
enum AgentReport: Hashable, Sendable {
    /// It begins, with this model.
    case began(model: String?)
    /// It says something.
    case said(String)
    /// It uses a tool of its own.
    case called(ToolCall)
    /// A tool of its own answered.
    case answered(id: String, result: ToolResult)
    /// It has ended.
    case ended(AgentAnswer)
}

/// How a command-line agent says that it ended.
struct AgentAnswer: Hashable, Sendable {
    /// Its last words; nil where it does not repeat them.
    var text: String?
    /// Whether it failed.
    var isError: Bool
    /// What it counted; nil if it did not say.
    var usage: Usage?
    /// What it says that it cost; nil if it did not say.
    var cost: Money?
}

/// A turn of a command-line agent: what it said, and the tools that it used with their results.
struct AgentTurn: Hashable, Sendable {
    var text: String
    var calls: [Call]

    struct Call: Hashable, Sendable {
        var call: ToolCall
        var result: ToolResult
    }
}

/// What a command-line agent has said since its last turn, and how it says that it ended.
struct AgentTalk: Hashable, Sendable {
    /// The most of a text that is kept, in bytes.
    static let textLimit = 64 * 1024
    /// The most tools of one turn.
    static let callLimit = 256

    private(set) var text = ""
    private(set) var model: String?
    private(set) var answer: AgentAnswer?
    private var calls: [ToolCall] = []
    private var results: [String: ToolResult] = [:]

    /// Takes a report; returns the turn that it completes.
    mutating func add(_ report: AgentReport) -> AgentTurn? {
        switch report {
        case .began(let model): self.model = model ?? self.model
        case .said(let more):
            if text.utf8.count < Self.textLimit { text += (text.isEmpty ? "" : "\n") + more }
        case .called(let call):
            if calls.count < Self.callLimit, !calls.contains(where: { $0.id == call.id }) {
                calls.append(call)
            }
        case .answered(let id, let result):
            guard calls.contains(where: { $0.id == id }), results[id] == nil else { return nil }
            results[id] = result
            return results.count == calls.count ? take() : nil
        case .ended(let answer): self.answer = answer
        }
        return nil
    }

    /// The turn that was not completed; nil where no tool of it is open.
    mutating func rest() -> AgentTurn? { calls.isEmpty ? nil : take() }

    private mutating func take() -> AgentTurn {
        defer { (text, calls, results) = ("", [], [:]) }
        let silent = ToolResult(text: "[the agent told no result]", isError: true)
        return AgentTurn(
            text: text, calls: calls.map { AgentTurn.Call(call: $0, result: results[$0.id] ?? silent) })
    }
}

/// What a command-line agent is asked in a run.
struct AgentBrief: Hashable, Sendable {
    /// The session's goal.
    var goal: String
    /// What came since its last answer: reports of red gates, and what people said; empty at first.
    var report: String

    /// The command with `{goal}` and `{report}` filled in; where it has no `{report}`, the goal has it at its end.
    func words(of command: [String]) -> [String] {
        let isApart = command.contains { $0.contains("{report}") }
        let whole = isApart || report.isEmpty ? goal : goal + "\n\n" + report
        // In one pass: what is filled in is not looked at again.
        return command.map { word in
            word.split(separator: "{goal}", omittingEmptySubsequences: false)
                .map { $0.replacing("{report}", with: report) }.joined(separator: whole)
        }
    }
}

/// What a session's agent is asked now.
func agentBrief(of session: Session) -> AgentBrief {
    let last = session.messages.lastIndex { message in
        if case .assistant(_, let calls) = message { calls.isEmpty } else { false }
    }
    let since = session.messages[(last.map { $0 + 1 } ?? 0)...]
    var news: [String] = []
    var wasCut = false
    for message in since {
        if case .user(let text) = message { news.append(text) } else { wasCut = true }
    }
    if wasCut {
        news.append(
            "An earlier run of yours was ended before it was done. Look at the files as they are now.")
    }
    return AgentBrief(goal: session.config.goal, report: news.joined(separator: "\n\n"))
}

/// Why a session waits for a person after it was taken over.
func recoveryText(_ session: Session) -> String {
    session.config.agent != nil && session.takeovers < 3
        ? "a run of its agent was cut and may have acted outside" : "taken over three times without progress"
}

/// The values that a session's agent is given, but for those that every program is given and that hold no secret.
func secrets(of agent: AgentConfig?, in environment: [String: String]) -> [(name: String, value: String)] {
    let plain: Set = ["HOME", "PATH", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "TZ", "TMPDIR"]
    return (agent?.env ?? []).filter { !plain.contains($0) && !$0.hasPrefix("LC_") }.compactMap { name in
        environment[name].map { (name, $0) }
    }
}

extension AgentConfig {
    /// Who the ledger says has worked.
    var reference: ModelReference { ModelReference(provider: "agent", model: name) }
}
