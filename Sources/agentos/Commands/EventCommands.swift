import AgentOSCore
import ArgumentParser

/// `agentos events`.
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "The log, one event a line.",
        usage: """
            agentos events [--follow] [--after <seq>] [--type <glob>] [--since <time>] [--limit <count>]
            agentos events verify
            """, discussion: EventsPrint.about,
        subcommands: [EventsPrint.self, EventsVerify.self], defaultSubcommand: EventsPrint.self)
}

/// `agentos events` itself.
struct EventsPrint: ProgramCommand {
    static let about = """
        Prints the tenant's events as JSON, one object a line, the oldest first,
        with or without --json: seq (its place in the log), at, type, tenantId,
        actor, then the fields of its type, as in

          {"seq":7,"at":"2026-11-22T13:16:25.031Z","type":"session.started",…}

        Which events:
          --after SEQ     only those whose seq is greater
          --type GLOB     only types that match: session.gate.*, *.failed
          --since TIME    only what is younger: 2h, or an RFC 3339 time
          --limit COUNT   at most so many
          --follow        what there is, then what comes, until Ctrl-C;
                          needs a host that runs: agentos host start

        Types:
          session.  created forked queued started workspace progress
                    checkpoint checkpoint.asked completed failed cancelled
                    pause.asked paused resumed recovered limits budget loop
                    setup.started setup.finished setup.cut
                    model.started model.finished model.failed model.lost
                    compaction.started compacted context
                    tool.started tool.finished tool.undone allowed
                    gate.started gate.passed gate.failed gate.returned
                    said said.delivered said.seen asked answered
                    rollback rolledback undo.started undone evicted
                    applying applied delivery.undone unapplied
                    exported discarded
          chain.    created queued started paused resumed restarted budget
                    completed failed cancelled rolledback step.started
                    step.passed step.failed step.paused step.resumed
                    step.retrying step.timedout step.skipped
                    step.unchanged step.rolledback
          ledger.   reserved settled released recorded budget

        What comes of one kind, for a program that missed nothing so far:
          agentos events --follow --after 1207 --type 'session.gate.*'
        Whoever keeps the last seq and gives it to --after misses nothing and
        sees nothing twice.
        """
    static let configuration = CommandConfiguration(
        commandName: "print", abstract: "Prints events as JSON, one a line, the oldest first.",
        discussion: about, shouldDisplay: false)
    @Flag(help: "Print what there is, then go on with what comes.") var follow = false
    @Option(help: ArgumentHelp("Only events whose seq is greater.", valueName: "seq")) var after: Int64 = 0
    @Option(
        help: ArgumentHelp(
            "Only types that match; * stands for any characters, as in session.gate.*", valueName: "glob"))
    var type: String?
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
