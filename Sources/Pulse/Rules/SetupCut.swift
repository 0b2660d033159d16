import AgentOSCore

/// What a cut run of the command that prepares the workspace leads to.
///
/// It is taken for undone where its workspace can be made anew and it could reach nothing else. In a folder that was
/// given itself, or with a network, nobody knows what it did: it never runs again without a person's word.
func setupCut(_ callId: CallID, _ setup: SetupConfig, in session: Session) -> [SessionEvent] {
    guard let doubt = doubt(about: setup, in: session) else {
        return [.setupCut(callId: callId, undone: true)]
    }
    let cut = SessionEvent.setupCut(callId: callId, undone: false)
    let request = PersonRequest(
        itemId: ItemID("\(session.id).u\(session.requestCount + 1)"), kind: .setup,
        call: ToolCall(id: callId.rawValue, name: "setup", arguments: ["command": .string(setup.run)]),
        text: "setup was cut and \(doubt); yes runs it again, no ends the session")
    switch session.config.unattended {
    case .wait: return [cut, .asked(request), .paused(reason: .setup)]
    case .deny:
        return [
            cut, .asked(request), .answered(itemId: request.itemId, answer: .unattended),
            .failed(error: "setup was cut and \(doubt), and nobody is asked (unattended: deny)"),
        ]
    }
}

/// Why nobody knows what a cut setup did; nil where it can only have changed a workspace of the session's own.
private func doubt(about setup: SetupConfig, in session: Session) -> String? {
    if case .inplace(let path) = session.config.workspace { return "may have changed \(path) itself" }
    switch setup.network {
    case .none: return nil
    case .hosts, .all: return "may have acted over the network"
    }
}

/// What a person is told of a setup that failed: how it ended, and the last that it said.
func setupFailure(_ result: ToolResult) -> String {
    let lines = result.text.split(whereSeparator: \.isNewline).filter {
        !$0.allSatisfy(\.isWhitespace) && !$0.hasPrefix(SetupCache.mark)
    }
    guard let last = lines.last, last.hasPrefix("["), last.hasSuffix("]") else {
        return "setup failed: \(line(lines.joined(separator: "\n")))"
    }
    let said = lines.dropLast().last.map { ": \(line(String($0)))" } ?? ""
    return "setup failed: \(last.dropFirst().dropLast())\(said)"
}
