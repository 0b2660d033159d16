import AgentOSCore
import ArgumentParser

/// `agentos events`.
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "The log, one event a line.",
        subcommands: [EventsPrint.self, EventsVerify.self], defaultSubcommand: EventsPrint.self)
}

/// `agentos events` itself.
struct EventsPrint: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "print", abstract: "Prints events as JSON, one a line, the oldest first.",
        shouldDisplay: false)
    @Flag(help: "Go on with what comes.") var follow = false
    @Option(help: ArgumentHelp("Only events after this place of the log.", valueName: "seq")) var after:
        Int64 = 0
    @Option(help: ArgumentHelp("Only types that match, as session.*", valueName: "glob")) var type: String?
    @Option(help: ArgumentHelp("Only what is younger: 2h, or an RFC 3339 time.", valueName: "time"))
    var since: String?
    @Option(help: ArgumentHelp("At most so many.", valueName: "count")) var limit: Int?
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        guard after >= 0 else { throw Fault.usage("--after \(after) is less than 0") }
        let since = try Times.since(since, now: program.clock.now())
        let limit = try SessionListing.limit(limit) ?? .max
        let (follow, after, type) = (follow, after, type)
        try await program.withEngine(options) { connection in
            if follow {
                guard connection.host != nil else {
                    throw Fault(.noHost, "nothing comes: no host runs", hint: "start one: agentos host start")
                }
                var count = 0
                for try await case .event(let record) in connection.client.follow(
                    FollowRequest(after: after, type: type))
                where since.map({ record.at >= $0 }) ?? true {
                    try output.json(record.line())
                    count += 1
                    if count == limit { return }
                }
                try Task.checkCancellation()
                throw Fault(.noHost, "the host went", hint: "see: agentos host status")
            }
            try await Self.pages(connection.client, after, type, since, limit, output)
        }
        return .done
    }

    private static func pages(
        _ client: EngineClient, _ after: Int64, _ type: String?, _ since: Timestamp?, _ limit: Int,
        _ output: Output
    ) async throws {
        var place = after
        var count = 0
        while count < limit {
            let page = try await client.ask(EventPage(after: place, limit: 500, type: type))
            guard let last = page.last else { return }
            for record in page where since.map({ record.at >= $0 }) ?? true {
                guard count < limit else { return }
                try output.json(record.line())
                count += 1
            }
            place = last.seq
        }
    }
}

/// `events verify`.
struct EventsVerify: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Checks the log, entry by entry, against its hashes and signed head."
    )
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let verdict = try await program.hosting.verify(
            try program.existingHome(options), try program.tenant(options))
        if output.isJSON { try output.json(verdict.value) } else { output.line(SafeText(verdict.text)) }
        return verdict.isWhole ? .done : .negative
    }
}
