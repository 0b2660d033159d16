import AgentOSCore
import Terminal

extension ConsoleModel {
    /// The chain that keys act on.
    var targetChain: ChainSummary? {
        switch place {
        case .chains(let pane): pane.selected
        case .chain(let pane): pane.chain
        case .inbox, .sessions, .session, .events: nil
        }
    }

    /// Shows the steps of a chain.
    mutating func showChain(_ id: ChainID) -> [ConsoleEffect] { go(to: .chain(ChainPane(id.rawValue))) }

    /// Pauses a chain that works, after showing what that reaches; lets one that stands still go on.
    mutating func toggleChain() -> [ConsoleEffect] {
        guard let chain = targetChain else { return noChain() }
        let name = chain.state.isWorking ? "chain.pause" : "chain.resume"
        return order(name, chain)
    }

    /// Ends a chain, after showing what that reaches.
    mutating func cancelChain() -> [ConsoleEffect] {
        guard let chain = targetChain else { return noChain() }
        return order("chain.cancel", chain)
    }

    /// Takes a chain's result, after showing what that is.
    mutating func applyChain() -> [ConsoleEffect] {
        guard let chain = targetChain else { return noChain() }
        return order("chain.apply", chain)
    }

    /// Why a key does nothing on a pane of chains now; nil where it does, and on all other panes.
    func chainReason(_ name: String) -> String? {
        switch place {
        case .inbox, .sessions, .session, .events: return nil
        case .chains, .chain: break
        }
        let isKnown = ["view.enter", "chain.toggle", "chain.cancel", "chain.apply"].contains(name)
        guard let chain = targetChain else { return isKnown ? "no chain is selected" : nil }
        let isRefused =
            switch name {
            case "chain.toggle": [.created, .complete, .cancelled, .skipped].contains(chain.state)
            case "chain.cancel": chain.state.isEnded
            case "chain.apply": chain.state.isWorking || chain.state == .created
            default: false
            }
        return isRefused ? "the chain is \(chain.state.rawValue)" : nil
    }

    private mutating func noChain() -> [ConsoleEffect] {
        tell(.refused, "no chain is selected; 5 shows the chains")
        return []
    }

    private mutating func order(_ name: String, _ chain: ChainSummary) -> [ConsoleEffect] {
        guard !options.isReadOnly else {
            tell(.refused, "cannot \(name.dropFirst(6)): this console is read-only")
            return []
        }
        let arguments: [String: JSONValue] = ["id": .string(chain.chainId.rawValue)]
        guard let spec = CommandCatalogue.spec(name) else { return [] }
        guard name != "chain.resume" else { return send(name, arguments) }
        sent += 1
        let command = Command(id: "\(options.senderID)-\(sent)", name: name, arguments: arguments)
        let title = "\(spec.title.prefix(1).uppercased())\(spec.title.dropFirst())"
        return open(
            .confirm(
                Confirmation(
                    title: SafeText("\(title) \(chain.chainId) \(chain.name)?"),
                    lines: [SafeText(spec.help)] + Self.reach(of: name, in: chain),
                    choice: Choice(options: ["Go back", "\(title) it"]), command: command)))
    }

    /// What a command about a chain reaches.
    static func reach(of name: String, in chain: ChainSummary) -> [SafeText] {
        if name == "chain.apply" {
            return [SafeText("The files that the last steps left, as a branch where the source is in git.")]
        }
        let live = chain.steps.filter { $0.sessionId != nil && ($0.state == .running || $0.state == .paused) }
        let waiting = chain.steps.filter { $0.state == .created || $0.state == .queued }
        var lines = live.prefix(6).map { step in
            SafeText(
                "\(step.title) \(step.sessionId?.rawValue ?? "") is \(step.state.rawValue), \(step.costKnown.short) spent"
            )
        }
        if live.count > 6 { lines.append(SafeText("and \(live.count - 6) more sessions")) }
        if live.isEmpty { lines.append("No session of it is at work.") }
        if !waiting.isEmpty {
            let names = waiting.prefix(6).map(\.title).joined(separator: ", ")
            lines.append(
                SafeText("\(name == "chain.cancel" ? "never run" : "not begun meanwhile"): \(names)"))
        }
        return lines
    }

    /// Takes in a page of chains, or one chain.
    mutating func show(_ chains: [ChainSummary], filter: String) -> [ConsoleEffect] {
        let height = listHeight
        for index in places.indices {
            guard case .chains(var pane) = places[index], pane.filter == filter else { continue }
            pane.settle(chains, height: height)
            places[index] = .chains(pane)
        }
        return []
    }

    /// Takes in one chain.
    mutating func show(_ chain: ChainSummary, wanted: String) -> [ConsoleEffect] {
        let height = listHeight
        for index in places.indices {
            guard case .chain(var pane) = places[index],
                pane.wanted == wanted || pane.chain?.chainId == chain.chainId
            else { continue }
            pane.settle(chain, height: height)
            places[index] = .chain(pane)
        }
        return []
    }
}
