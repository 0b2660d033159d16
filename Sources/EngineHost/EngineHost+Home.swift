import AgentOSCore
import Ledger
import Pulse

/// What of the home itself waits for a person: the brake, and budgets that are nearly used up.
extension EngineHost {
    private static let brakeItem = ItemID("host.brake")

    /// The inbox of the tenant: what sessions and chains ask, with what the home has to say.
    func inbox() async throws -> InboxList.Inbox {
        var inbox = try await pulse.inbox()
        let chains = try await chains.inbox()
        inbox.waiting += try await homeItems() + chains.waiting
        inbox.ended = Array(
            (inbox.ended + chains.ended).sorted { ($0.askedAt, $0.itemId) > ($1.askedAt, $1.itemId) }.prefix(
                50))
        inbox.waiting.sort { ($0.askedAt, $0.itemId) < ($1.askedAt, $1.itemId) }
        return inbox
    }

    /// What the home itself has to say, nothing for most of the time.
    func homeItems() async throws -> [InboxItem] {
        var items: [InboxItem] = []
        if let brake = try await pulse.brakeNotice() {
            items.append(
                InboxItem(
                    itemId: Self.brakeItem, kind: .stuck, sessionId: nil, name: options.machine,
                    text: "everything is paused", askedAt: brake.at,
                    detail: "put on by \(brake.by); let it all go on: agentos do host.pause-all off"))
        }
        for (notice, at) in try await ledger.notices(at: options.clock.now(), in: log)
        where notice.share >= 80 {
            let (spent, limit) = (notice.spent.short, notice.limit.short)
            items.append(
                InboxItem(
                    itemId: ItemID("host.\(notice.budget.rawValue)"), kind: .limit, sessionId: nil,
                    name: options.machine,
                    text:
                        "the \(notice.budget.rawValue)'s budget is used to \(notice.share) %: \(spent) of \(limit) USD",
                    askedAt: at,
                    detail:
                        "raise budgets.\(notice.budget.rawValue) in config.yaml, then: agentos host restart"))
        }
        return items
    }

    /// Answers an item of the home's own; nil where it is another's.
    func answerHomeItem(_ command: Command, by actor: Actor) async throws -> CommandReply? {
        guard command.name == "inbox.answer", let id = command.arguments["id"]?.string, id.hasPrefix("host.")
        else { return nil }
        guard try await homeItems().contains(where: { $0.itemId.rawValue == id }) else {
            throw Fault.refused(
                "\(SafeText(id)) does not wait for an answer", hint: "see: agentos inbox list")
        }
        guard id == Self.brakeItem.rawValue else {
            throw Fault.refused(
                "a budget of the home is not lifted here",
                hint: "raise it in config.yaml: agentos config show")
        }
        let answer = command.arguments["answer"]?.string?.lowercased() ?? ""
        guard ["yes", "y"].contains(answer) else {
            throw Fault.usage("\(id) is answered by yes: everything goes on", hint: "see: agentos inbox list")
        }
        return try await pulse.setBrake(false, by: actor, commandId: command.id)
    }
}
