import AgentOSCore

/// What commands were answered: one that is sent again is answered as the first time, and done once.
///
/// A refusal is not kept: the same command may be sent again when what stood in its way is gone. The latest are
/// kept, and only as long as the host lives; what was written down before that is found in the log.
actor Receipts {
    private enum Entry {
        case underWay([CheckedContinuation<Void, Never>])
        case done(CommandReply)
    }

    private static let limit = 1024

    private var entries: [String: (command: Command, entry: Entry)] = [:]
    private var order: [String] = []

    /// The answer to a command, made by the body where there is none yet.
    func answer(
        _ command: Command, _ body: @Sendable () async throws -> CommandReply
    ) async throws -> CommandReply {
        while let (first, entry) = entries[command.id] {
            guard first == command else {
                throw Fault.usage(
                    "the id \(SafeText(command.id)) belongs to another command, \(SafeText(first.name))",
                    hint: "give every command an id of its own")
            }
            switch entry {
            case .done(let reply): return reply
            case .underWay: await wait(for: command.id)
            }
        }
        entries[command.id] = (command, .underWay([]))
        do {
            let reply = try await body()
            end(command, with: .done(reply))
            return reply
        } catch {
            end(command, with: nil)
            throw error
        }
    }

    private func wait(for id: String) async {
        await withCheckedContinuation { waiter in
            guard let (command, entry) = entries[id], case .underWay(let waiters) = entry else {
                return waiter.resume()
            }
            entries[id] = (command, .underWay(waiters + [waiter]))
        }
    }

    private func end(_ command: Command, with entry: Entry?) {
        if case .underWay(let waiters)? = entries[command.id]?.entry {
            for waiter in waiters { waiter.resume() }
        }
        entries[command.id] = entry.map { (command, $0) }
        guard entry != nil else { return }
        order.append(command.id)
        if order.count > Self.limit { entries[order.removeFirst()] = nil }
    }
}
