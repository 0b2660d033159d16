import AgentOSCore
import ArgumentParser

/// `session search`.
struct SessionSearching: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Looks for words in the transcripts of all sessions, the newest first.",
        discussion: """
            All words must be in the same entry, each from the beginning of a word; case and accents do not count. \
            Words in "double quotes" must follow each other.
            """)
    @Argument(help: ArgumentHelp("What to look for.", valueName: "text")) var text: [String]
    @Option(help: ArgumentHelp("Only in this session.", valueName: "id")) var session: String?
    @Option(help: ArgumentHelp("At most so many.", valueName: "count")) var limit: Int?
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let query = SessionSearch(
            text: text.joined(separator: " "), id: session, limit: try SessionListing.limit(limit) ?? 50)
        let hits = try await program.withEngine(options) { try await $0.client.ask(query) }
        var table = TextTable("SESSION", "AT", "TURN", "KIND", "NAME", "TEXT")
        for hit in hits {
            table.add(
                hit.sessionId.rawValue, SessionText.clock(hit.at), String(hit.turn), hit.kind.rawValue,
                String(hit.name.prefix(20)), hit.snippet)
        }
        try output.list(table, json: try hits.map { try JSONText.value($0) }, none: "nothing found")
        return .done
    }
}
