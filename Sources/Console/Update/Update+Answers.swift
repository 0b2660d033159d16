import AgentOSCore
import Terminal

extension ConsoleModel {
    /// How long a request must have been on the terminal before a key answers it.
    static let answerDelay: Int64 = 400

    /// Answers the request that is on the screen, if it has been there long enough to be read.
    mutating func answer(_ answer: String, at: Int64) -> [ConsoleEffect] {
        guard let item = answerable else {
            tell(
                .refused, "not answered: \(key("view.page-down")) first, it goes on",
                about: requestPanel?.item.itemId)
            return []
        }
        guard let shown = answerShown, shown.item == item.itemId, at - shown.since >= Self.answerDelay else {
            tell(.refused, "it just appeared: press again", about: item.itemId)
            return []
        }
        guard !isAnswering(item.itemId) else {
            tell(.refused, "this request is being answered", about: item.itemId)
            return []
        }
        return send("inbox.answer", ["id": .string(item.itemId.rawValue), "answer": .string(answer)])
    }

    private func isAnswering(_ id: ItemID) -> Bool {
        pending.values.contains { $0.command.arguments["id"]?.string == id.rawValue }
    }

    /// Asks first where a command is costly or cannot be undone; else sends it.
    mutating func send(_ spec: CommandSpec, _ arguments: [String: JSONValue]) -> [ConsoleEffect] {
        let command = make(spec.name, arguments)
        let isHost = spec.name.hasPrefix("host.")
        let name =
            isHost
            ? header?.host ?? "this host" : arguments["id"]?.string.map { title(of: SessionID($0)) } ?? ""
        switch spec.danger {
        case .none, .undoable: return perform(command)
        case .costly, .irreversible:
            var confirmation = Confirmation(
                title: SafeText("\(spec.title.capitalizedFirst) \(name)?"),
                lines: [SafeText(spec.help)] + blastRadius(spec, arguments),
                choice: Choice(options: ["Go back", "\(spec.title.capitalizedFirst) it"]), command: command)
            if spec.danger == .irreversible { confirmation.name = name }
            return open(.confirm(confirmation))
        }
    }

    /// What a costly command ends, in the terms of what is known.
    private func blastRadius(_ spec: CommandSpec, _ arguments: [String: JSONValue]) -> [SafeText] {
        if spec.name.hasPrefix("host.") {
            return [SafeText("\(Amounts.count(liveCount, "session")) at work now")]
        }
        guard let id = arguments["id"]?.string, let session = seen[SessionID(id)] else { return [] }
        let spent = Amounts.money(session.costKnown, hasUnpriced: session.hasUnpriced)
        return [
            SafeText("It is \(session.state.rawValue), \(session.activity)"),
            SafeText(
                "\(Amounts.count(session.turns, "turn")), \(spent) spent; its files stay, b can still roll it back"
            ),
        ]
    }

    /// Sends a command by name.
    mutating func send(_ name: String, _ arguments: [String: JSONValue], then next: Pending.Next = .tell)
        -> [ConsoleEffect]
    {
        perform(make(name, arguments), then: next)
    }

    private mutating func make(_ name: String, _ arguments: [String: JSONValue]) -> Command {
        sent += 1
        return Command(id: "\(options.senderID)-\(sent)", name: name, arguments: arguments)
    }

    /// Sends a command and remembers what follows.
    mutating func perform(_ command: Command, then next: Pending.Next = .tell) -> [ConsoleEffect] {
        pending[command.id] = Pending(command: command, next: next)
        shellLine = SafeText(command.shellLine)
        return [.perform(command)]
    }

    /// Tells what a command did, and goes on.
    mutating func answered(_ id: String, _ result: Result<CommandReply, Fault>) -> [ConsoleEffect] {
        guard let done = pending.removeValue(forKey: id) else { return [] }
        switch (done.next, result) {
        case (.dryRun(let form), _):
            guard case .apply(var chooser) = overlay,
                chooser.sessionId.rawValue == done.command.arguments["id"]?.string,
                done.command.arguments["ungated"]?.bool ?? false == chooser.isUngated
            else { return [] }
            chooser.told[form] = result
            overlay = .apply(chooser)
            return otherForm(than: form, result)
        case (.start, .success(let reply)):
            guard let made = reply.value?["sessionId"]?.string else {
                tell(.done, reply.message)
                overlay = nil
                return []
            }
            let effects = send("session.start", ["id": .string(made)])
            overlay = nil
            return effects + go(to: .session(SessionPane(SessionID(made))))
        case (.start, .failure(let fault)):
            if case .form(var form) = overlay {
                form.refusal = fault
                form.isSent = false
                overlay = .form(form)
            } else {
                tell(.failed, fault.description)
            }
            return []
        case (.tell, .success(let reply)):
            tell(reply.code == .done ? .done : .failed, withKeys(reply.message, done.command.name))
            return [.refresh(.overview), .refresh(.inbox)]
        case (.tell, .failure(let fault)):
            tell(fault.code == .refused ? .refused : .failed, fault.description)
            return []
        }
    }

    /// A reply with the key that takes the command back in place of the shell's line for it.
    private func withKeys(_ message: String, _ name: String) -> String {
        let hint: String
        switch name {
        case "session.rollback": hint = "\(key("session.undo")) undoes it"
        case "session.apply": hint = ":unapply puts it back"
        case "session.pause": hint = "\(key("session.toggle")) resumes"
        default: return message
        }
        let marker = "; undo: "
        guard let at = message.indices.first(where: { message[$0...].hasPrefix(marker) }) else {
            return "\(message) (\(hint))"
        }
        return "\(message[..<at]) (\(hint))"
    }

    /// The first key of a command here, as help writes it; `:name` where it has none.
    func key(_ command: String) -> String {
        options.keymap.keys(of: command, in: place.context).first.map(Keymap.label) ?? ":\(command)"
    }
}
