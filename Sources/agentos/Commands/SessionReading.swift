import AgentOSCore
import ArgumentParser

/// `session list`.
struct SessionListing: ProgramCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists sessions.")
    @OptionGroup var list: ListOptions
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let query = SessionList(
            states: try Self.states(list.state), since: try Times.since(list.since, now: program.clock.now()),
            limit: try Self.limit(list.limit) ?? 1000)
        let (page, standstill) = try await program.withEngine(options) {
            (try await $0.client.ask(query), try await $0.standstill())
        }
        try output.list(
            SessionText.table(page.sessions), json: try page.sessions.map { try $0.json() },
            none: "no sessions")
        if page.total > page.sessions.count, !output.isJSON {
            output.tell("\(page.sessions.count) of \(page.total); more with --limit")
        }
        if let standstill { output.note(standstill) }
        return .done
    }

    private static func states(_ text: String?) throws(Fault) -> [SessionState] {
        var states: [SessionState] = []
        for word in (text ?? "").split(separator: ",") {
            guard let state = SessionState(rawValue: word.uppercased()) else {
                let names = SessionState.allCases.map(\.rawValue).joined(separator: " ")
                throw .usage("there is no state \(word)", hint: "the states are \(names)")
            }
            states.append(state)
        }
        return states
    }

    static func limit(_ limit: Int?) throws(Fault) -> Int? {
        if let limit, limit < 1 { throw .usage("--limit \(limit) is less than 1") }
        return limit
    }
}

/// `session show`.
struct SessionShowing: ProgramCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows a session.")
    @OptionGroup var session: SessionArgument
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let id = session.id
        let (detail, isHosted) = try await program.withEngine(options) {
            (try await $0.client.ask(SessionShow(id: id)), $0.host != nil)
        }
        if !isHosted, detail.summary.state.isAtWork {
            output.note("no host runs: it goes on from its last step when one does: agentos host start")
        }
        guard output.isJSON else {
            SessionText.lines(detail).forEach { output.line(SafeText($0)) }
            return .done
        }
        var members = try JSONText.value(detail).object ?? [:]
        members["summary"] = nil
        members["hosted"] = .bool(isHosted)
        members.merge(try detail.summary.json().object ?? [:]) { $1 }
        try output.json(JSONValue.object(members))
        return .done
    }
}

/// `session log`.
struct SessionLog: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Shows a session's transcript.", aliases: ["logs"])
    @OptionGroup var session: SessionArgument
    @Flag(help: "Go on as it grows, until the session has ended; under --json one entry a line.") var follow =
        false
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let (name, follow) = (session.id, follow)
        return try await program.withEngine(options) { connection in
            let client = connection.client
            let id = try await client.ask(SessionShow(id: name)).summary.sessionId
            var transcript = TranscriptCursor(client: client, id: id)
            guard follow else {
                let entries = try await client.ask(SessionTranscript(id: id))
                if output.isJSON {
                    try output.json(entries)
                } else {
                    try entries.forEach { try Self.show($0, output) }
                }
                return .done
            }
            let start = try await client.ask(Overview()).seq
            let updates = client.follow(FollowRequest(after: start))
            try await transcript.next().forEach { try Self.show($0, output) }
            if try await client.ask(SessionShow(id: name)).summary.state.isEnded { return .done }
            guard connection.host != nil else {
                throw Fault(.noHost, "nothing comes: no host runs", hint: "start one: agentos host start")
            }
            for try await case .event(let record) in updates where record.stream == "session/\(id)" {
                try await transcript.next().forEach { try Self.show($0, output) }
                if try await client.ask(SessionShow(id: name)).summary.state.isEnded { return .done }
            }
            try Task.checkCancellation()
            throw Fault(
                .noHost, "the host went while session \(id) was followed", hint: "see: agentos host status")
        }
    }

    private static func show(_ entry: TranscriptEntry, _ output: Output) throws {
        if output.isJSON { return try output.json(entry) }
        SessionText.lines(entry).forEach { output.line(SafeText($0)) }
    }
}

/// `session checkpoints`.
struct SessionCheckpointList: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoints", abstract: "Lists a session's checkpoints.")
    @OptionGroup var session: SessionArgument
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let name = session.id
        let checkpoints = try await program.withEngine(options) { connection in
            let id = try await connection.client.ask(SessionShow(id: name)).summary.sessionId
            return try await connection.client.ask(SessionCheckpoints(id: id))
        }
        var table = TextTable("ID", "AT", "TURN", "FILES", "CAUSE", "NAME")
        for point in checkpoints {
            table.add(
                point.checkpointId.rawValue, SessionText.clock(point.at), String(point.turn),
                String(point.files),
                point.cause, point.name ?? "")
        }
        try output.list(table, json: try checkpoints.map { try JSONText.value($0) }, none: "no checkpoints")
        return .done
    }
}

/// `session diff`.
struct SessionDiffing: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Shows what a session has changed, or what differs between two checkpoints.")
    @OptionGroup var session: SessionArgument
    @Argument(help: ArgumentHelp("A checkpoint; else the session's start.", valueName: "from")) var from:
        String?
    @Argument(help: ArgumentHelp("A checkpoint; else the files as they are.", valueName: "to")) var to:
        String?
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let (name, from, to) = (session.id, from, to)
        let diff = try await program.withEngine(options) { connection in
            let id = try await connection.client.ask(SessionShow(id: name)).summary.sessionId
            return try await connection.client.ask(SessionDiff(id: id, from: from, to: to))
        }
        if output.isJSON { try output.json(diff) } else { output.verbatim(diff.text) }
        let apart = diff.files.filter(\.isQuarantined).map(\.path)
        if !apart.isEmpty {
            output.note(
                "runs by itself, so apply takes it only when it is named with --only: "
                    + apart.prefix(10).joined(separator: ", ")
                    + (apart.count > 10 ? ", … (\(apart.count))" : ""))
        }
        return .done
    }
}
