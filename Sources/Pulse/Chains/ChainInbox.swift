import AgentOSCore
import EventLog
import Ledger

/// What of a chain waits for a person, and of none of its sessions.
func inboxItems(of chain: Chain) -> [InboxItem] {
    func item(_ suffix: String, _ kind: InboxItem.Kind, _ text: String, _ detail: [String]) -> InboxItem {
        InboxItem(
            itemId: ItemID("\(chain.id).\(suffix)"), kind: kind, sessionId: nil, name: chain.config.name,
            text: text, askedAt: chain.endedAt ?? chain.touchedAt, detail: detail.joined(separator: "\n"),
            chainId: chain.id)
    }
    guard !chain.isDiscarded else { return [] }
    switch chain.state {
    case .paused:
        guard let pause = chain.pause, pause.step == nil else { return [] }
        switch pause.reason {
        case costReason:
            let again = chain.config.budget.map { "; yes is budget=\($0 + $0)" } ?? ""
            return [
                item(
                    "l", .limit, "chain: \(pause.detail)",
                    ["raise it: agentos chain set \(chain.id) budget=VALUE\(again)"])
            ]
        case conflictReason:
            return [
                item(
                    "k", .stuck, "chain: \(pause.detail)",
                    [
                        "say whose files win: agentos chain resume \(chain.id) --prefer STEP; the answer STEP does that"
                    ])
            ]
        default: return []
        }
    case .failed:
        return [
            item(
                "f", .stuck, "chain failed: \(chain.error ?? "no reason given")",
                [
                    "go on from what failed (yes): agentos chain resume \(chain.id)",
                    "let it be (no): agentos chain discard \(chain.id)",
                    "look: agentos chain show \(chain.id)",
                ])
        ]
    case .complete:
        guard chain.hasResult else { return [] }
        let steps = chain.lastSources.map(\.source.step)
        let names = steps.enumerated().filter { !steps[..<$0.offset].contains($0.element) }.map(\.element)
        let green = chain.runs.count { $0.result == .passed }
        return [
            item(
                "r", .result,
                "chain is done, \(green) of \(counted(chain.runs.count, "step")) green; its files: \(names.joined(separator: ", "))",
                [
                    "take it: agentos chain apply \(chain.id) (--dry-run tells what that would write)",
                    "let it be: agentos chain discard \(chain.id)",
                ])
        ]
    case .created, .queued, .running, .rolledBack, .cancelled, .skipped: return []
    }
}

extension Chain {
    /// Whether it left files other than those that it was made from.
    var hasResult: Bool { lastSources.contains { $0.source.product.tree != $0.source.product.base.tree } }
}

extension ChainEngine {
    /// What of chains waits for a person, and those that ended lately and wait for nothing.
    public func inbox() async throws -> InboxList.Inbox {
        var inbox = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.chainInbox(tenant: tenant)
        }
        for index in inbox.waiting.indices where inbox.waiting[index].kind == .limit {
            guard let id = inbox.waiting[index].chainId, let facts = try await spending(of: id) else {
                continue
            }
            inbox.waiting[index].text += ": \(facts.line)"
            inbox.waiting[index].detail = "\(facts.detail)\n\(inbox.waiting[index].detail)"
        }
        return inbox
    }

    /// How much of chains waits for a person.
    public func waitingCount() async throws -> Int {
        try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.value(
                "SELECT coalesce(sum(c.waiting), 0) FROM chains c WHERE c.tenant = ? AND \(SQLReader.openChain)",
                [tenant], as: Int.self) ?? 0
        }
    }

    /// What a chain whose budget is used up has spent, and what the call needs that was refused.
    private func spending(of id: ChainID) async throws -> (line: String, detail: String)? {
        let chain = try await load(id)
        guard let limit = chain.config.budget else { return nil }
        let spent = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.spending(tenant: tenant, scope: ChainEvent.stream(id))
        }
        var needed: BudgetAmount?
        for session in chain.runs.compactMap(\.sessionId) where needed == nil {
            let refusal = try await pulse.session(session).refusal
            if refusal?.cause == .chain { needed = refusal?.needed }
        }
        return Pulse.spending(.usd(spent), of: .usd(limit), needed: needed, verb: "spent or held back")
    }

    /// Answers an item of a chain's; nil where it is another's.
    public func answer(_ command: Command, by actor: Actor) async throws -> CommandReply? {
        guard let text = command.arguments["id"]?.string, let dot = text.lastIndex(of: "."),
            dot > text.startIndex
        else { return nil }
        guard let id = try await owner(of: String(text[..<dot])) else { return nil }
        let chain = try await load(id)
        let wanted = ItemID("\(id)\(text[dot...])")
        guard inboxItems(of: chain).contains(where: { $0.itemId == wanted }) else {
            // What begins like a chain's id may be a session's.
            guard text[..<dot].lowercased() == id.rawValue else { return nil }
            throw Fault.refused("\(wanted) does not wait for an answer", hint: "see: agentos inbox list")
        }
        let answer = command.arguments["answer"]?.string ?? ""
        if command.arguments["always"] != nil {
            throw Fault.usage("always goes with yes to a call of a session", hint: "see: agentos inbox list")
        }
        let order = try chainOrder(answering: wanted, with: answer, of: chain)
        return try await perform(
            Command(id: command.id, name: order.name, arguments: order.arguments), by: actor)
    }

    /// The chain whose id is, or alone begins with, a text; nil where none does.
    private func owner(of text: String) async throws -> ChainID? {
        let found = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.rows(
                "SELECT id FROM chains WHERE tenant = ? AND substr(id, 1, length(?)) = ? LIMIT 2",
                [tenant, text.lowercased(), text.lowercased()]
            ) { try $0.at(0, as: ChainID.self) }
        }
        return found.count == 1 ? found.first : nil
    }
}

/// The command that an answer to an item of a chain's stands for.
func chainOrder(answering item: ItemID, with answer: String, of chain: Chain) throws(Fault) -> (
    name: String, arguments: [String: JSONValue]
) {
    let id = JSONValue.string(chain.id.rawValue)
    let (isYes, isNo) = (
        ["yes", "y"].contains(answer.lowercased()), ["no", "n"].contains(answer.lowercased())
    )
    switch item.rawValue.split(separator: ".").last {
    case "l":
        if isNo {
            throw Fault.usage(
                "the budget of \(chain.id) stays as it is", hint: "end it: agentos chain cancel \(chain.id)")
        }
        let value = isYes ? chain.config.budget.map { ($0 + $0).description } ?? "none" : answer
        return ("chain.set", ["id": id, "setting": .string("budget=\(value)")])
    case "k":
        guard chain.config.step(answer) != nil else {
            throw Fault.usage(
                "\(item) is answered by the step whose files win",
                hint: "its steps are \(chain.config.steps.map(\.name).joined(separator: ", "))")
        }
        return ("chain.resume", ["id": id, "prefer": .string(answer)])
    case "f":
        if isYes { return ("chain.resume", ["id": id]) }
        if isNo { return ("chain.discard", ["id": id]) }
        throw Fault.usage("\(item) is answered by yes (go on from what failed) or no (let it be)")
    default:
        if isNo { return ("chain.discard", ["id": id]) }
        throw Fault.refused(
            "\(item) is a result: it is not taken by an answer",
            hint: "take it: agentos chain apply \(chain.id); or no: agentos chain discard \(chain.id)")
    }
}

extension SQLReader {
    /// Whether a row of `chains`, as `c`, waits: a result that was taken or thrown away at one of the sessions that hold it
    /// waits no more.
    fileprivate static let openChain = """
        c.waiting > 0 AND NOT EXISTS (
            SELECT 1 FROM json_each(c.carriers) j JOIN sessions s ON s.tenant = c.tenant AND s.id = j.value
            WHERE json_extract(s.summary, '$.result.state') IN ('applied', 'discarded'))
        """

    /// What of the chains of a tenant waits, and what ended lately.
    fileprivate func chainInbox(tenant: TenantID) throws -> InboxList.Inbox {
        let waiting = try rows(
            "SELECT c.inbox FROM chains c WHERE c.tenant = ? AND \(Self.openChain)", [tenant]
        ) { try JSONText.decode([InboxItem].self, from: try $0.at(0, as: String.self)) }
        let ended = try rows(
            "SELECT c.summary FROM chains c WHERE c.tenant = ? AND c.ended = 1 AND NOT (\(Self.openChain)) ORDER BY c.touched DESC LIMIT 50",
            [tenant]
        ) { try JSONText.decode(ChainSummary.self, from: try $0.at(0, as: String.self)) }
        return InboxList.Inbox(
            waiting: waiting.flatMap(\.self),
            ended: ended.map { chain in
                let progress = chain.progress
                let why = chain.error.map { ": \($0)" } ?? ""
                return InboxItem(
                    itemId: ItemID("\(chain.chainId).e"), kind: .ended, sessionId: nil, name: chain.name,
                    text:
                        "\(chain.state.rawValue) chain, \(progress.done) of \(counted(progress.of, "step"))\(why)",
                    askedAt: chain.endedAt ?? chain.touchedAt, chainId: chain.chainId)
            })
    }
}
