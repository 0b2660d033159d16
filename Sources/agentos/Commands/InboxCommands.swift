import AgentOSCore
import ArgumentParser

/// `agentos inbox`.
struct InboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inbox", abstract: "What waits for you.",
        subcommands: [InboxListing.self, InboxAnswer.self])
}

/// `inbox list`.
struct InboxListing: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists what waits for you, the oldest first.",
        discussion:
            "--state takes kinds: approval question result limit stuck gate; ended lists what ended lately.")
    @OptionGroup var list: ListOptions
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let kinds = try Self.kinds(list.state)
        let since = try Times.since(list.since, now: program.clock.now())
        let limit = try SessionListing.limit(list.limit) ?? .max
        let (inbox, standstill) = try await program.withEngine(options) {
            (try await $0.client.ask(InboxList()), try await $0.standstill())
        }
        let all =
            kinds.isEmpty ? inbox.waiting : (inbox.waiting + inbox.ended).filter { kinds.contains($0.kind) }
        let items = all.filter { item in since.map { item.askedAt >= $0 } ?? true }.prefix(limit)
        var table = TextTable("ID", "KIND", "SESSION", "SINCE", "TEXT")
        for item in items {
            table.add(
                item.itemId.rawValue, item.kind.rawValue, item.name, SessionText.clock(item.askedAt),
                item.text + (item.why.map { " · because \($0)" } ?? ""))
        }
        try output.list(table, json: try items.map { try JSONText.value($0) }, none: "nothing waits for you")
        if let standstill { output.note(standstill) }
        return .done
    }

    private static func kinds(_ text: String?) throws(Fault) -> Set<InboxItem.Kind> {
        var kinds: Set<InboxItem.Kind> = []
        for word in (text ?? "").split(separator: ",") {
            guard let kind = InboxItem.Kind(rawValue: word.lowercased()) else {
                throw .usage(
                    "there is no kind \(word)",
                    hint: "the kinds are approval question result limit stuck gate ended")
            }
            kinds.insert(kind)
        }
        return kinds
    }
}

/// `inbox answer`.
struct InboxAnswer: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer", abstract: "Answers an approval or a question.")
    @Argument(help: ArgumentHelp("The item's id.", valueName: "id")) var id: String
    @Argument(
        help: ArgumentHelp("yes; no, and why; or the text that answers a question.", valueName: "answer"))
    var answer: [String]

    @Option(help: ArgumentHelp("Allow calls like this from now on: TOOL PATTERN.", valueName: "pattern"))
    var always: String?

    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        var arguments: [String: JSONValue] = [
            "id": .string(id), "answer": .string(answer.joined(separator: " ")),
        ]
        if let always { arguments["always"] = .string(always) }
        return try await send("inbox.answer", arguments, program, output)
    }
}
