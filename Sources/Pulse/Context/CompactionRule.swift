import AgentOSCore

/// What has to be done for room before a model is called.
enum ContextStep: Hashable {
    /// There is room.
    case call
    /// A summary is asked for first.
    case compact(CompactionPlan)
    /// There is none, and a compaction makes none.
    case full(ContextEvidence)
}

/// What has to be done for room before a model is called; a function of the state alone.
///
/// `request` is the next request, `window` what is configured. A refusal of the vendor leads to one compaction, a second
/// one after the other to an end: never to a loop.
func contextStep(for session: Session, request: ModelRequest, window: Int?) -> ContextStep {
    let context = session.context
    guard context.compacting == nil else { return .call }
    let known = [context.window, window].compactMap { $0 }.min()
    let tokens = ContextSize.tokens(of: request, in: session)
    func full(_ cause: ContextEvidence.Cause) -> ContextStep {
        .full(ContextEvidence(cause: cause, tokens: tokens, window: known))
    }
    guard context.overflows < 2 else { return full(.overflowAgain) }
    let room = known.map { ContextRoom(window: $0) }
    let isNear = room.map { tokens > $0.limit } ?? false
    guard isNear || context.isTooLong else { return .call }
    // A vendor that refuses what should fit counts otherwise: room is made in what it refused.
    let window = isNear ? known ?? tokens : min(known ?? tokens, tokens)
    let plan = compactionPlan(
        for: session, request: request, tokens: tokens, room: ContextRoom(window: window),
        cause: context.isTooLong ? .overflow : .near)
    if let plan { return .compact(plan) }
    // Now that the window is known, the answer is bounded by it: that may be all that was wrong.
    return !isNear && context.window != nil ? .call : full(.nothingToLeaveOut)
}

/// The compaction that brings a request below its target; nil where none does.
func compactionPlan(
    for session: Session, request: ModelRequest, tokens: Int, room: ContextRoom, cause: CompactionPlan.Cause
) -> CompactionPlan? {
    let messages = session.messages
    let whole = ContextSize.tokens(ofBytes: request.jsonSize)
    /// Estimates, brought to the measure of what the vendor counted.
    func measured(_ estimate: Int) -> Int {
        Int((Double(estimate) * Double(tokens) / Double(max(1, whole))).rounded(.up))
    }
    let from = session.context.compaction?.to ?? 0
    let fixed = fixedSize(of: request)
    let words = runningSizes(messages) { personsWords([$0]).reduce(0) { $0 + $1.utf8.count + 8 } }
    let sizes = runningSizes(messages) { $0.jsonSize + 1 }
    func kept(_ cut: Int) -> Int {
        measured(ContextSize.tokens(ofBytes: (sizes.last ?? 0) - sizes[cut]))
    }
    func after(_ cut: Int) -> Int {
        measured(ContextSize.tokens(ofBytes: fixed + words[cut])) + room.summary + kept(cut)
    }
    let target = room.target(from: tokens)
    let fitting = compactionCuts(messages).filter { $0 > from && after($0) <= target }
    let cut =
        fitting.first { $0 < messages.count && kept($0) <= room.recent }
        // The last group may be large; it goes only where it has to.
        ?? fitting.last { $0 < messages.count } ?? fitting.last
    return cut.map {
        CompactionPlan(cause: cause, from: from, to: $0, tokensBefore: tokens, window: room.window)
    }
}

/// The bytes of a request without its conversation: instructions, tools, goal and notes.
private func fixedSize(of request: ModelRequest) -> Int {
    var bare = request
    bare.messages = []
    return bare.jsonSize + (request.messages.first?.jsonSize ?? 0)
}

/// The sizes of the first n entries together, for each n.
private func runningSizes(_ messages: [Message], _ size: (Message) -> Int) -> [Int] {
    messages.reduce(into: [0]) { sums, message in sums.append((sums.last ?? 0) + size(message)) }
}

/// The places where a conversation can be cut, so that no result is parted from its call; both ends are among them.
func compactionCuts(_ messages: [Message]) -> [Int] {
    var callers: [String: Int] = [:]
    // How many pairs begin to span a place here, and how many end to.
    var spans = Array(repeating: 0, count: messages.count + 2)
    for (index, message) in messages.enumerated() {
        switch message {
        case .user: break
        case .assistant(_, let calls): for call in calls { callers[call.id] = index }
        case .tool(let id, _, _):
            guard let caller = callers[id] else { continue }
            spans[caller + 1] += 1
            spans[index + 1] -= 1
        }
    }
    var open = 0
    return (0...messages.count).filter { place in
        open += spans[place]
        return open == 0
    }
}

/// What people said in a part of a conversation, without what the engine says in their place.
func personsWords(_ messages: some Sequence<Message>) -> [String] {
    messages.compactMap { message in
        guard case .user(let text) = message, text != Session.cutAnswer, !text.hasPrefix(gateFeedbackOpening)
        else { return nil }
        return text
    }
}
