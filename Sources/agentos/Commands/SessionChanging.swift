import AgentOSCore
import ArgumentParser

/// `session checkpoint`.
struct SessionCheckpoint: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "Takes a checkpoint of a session.")
    @OptionGroup var session: SessionArgument
    @Argument(help: ArgumentHelp("A name for it.", valueName: "name")) var name: String?
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        var arguments = ["id": session.value]
        if let name { arguments["name"] = .string(name) }
        return try await send("session.checkpoint", arguments, program, output)
    }
}

/// `session rollback`.
struct SessionRollback: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Puts a session's files and transcript back to a checkpoint, by default to its start.")
    @OptionGroup var session: SessionArgument
    @Argument(help: ArgumentHelp("c3, its id or its name.", valueName: "checkpoint")) var checkpoint: String?
    @Flag(help: "Tell what would happen, change nothing.") var dryRun = false
    @Flag(help: "Only the files.") var files = false
    @Flag(help: "Only the transcript.") var context = false
    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if files, context {
            throw ValidationError("--files and --context are both given; leave both out for both")
        }
    }

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        if dryRun { return try await preview(program, output) }
        var arguments = ["id": session.value]
        if let checkpoint { arguments["checkpoint"] = .string(checkpoint) }
        if files { arguments["files"] = true }
        if context { arguments["context"] = true }
        return try await send("session.rollback", arguments, program, output)
    }

    private func preview(_ program: Program, _ output: Output) async throws -> ExitCode {
        let (name, checkpoint) = (session.id, checkpoint)
        let preview = try await program.withEngine(options) { connection in
            let id = try await connection.client.ask(SessionShow(id: name)).summary.sessionId
            return try await connection.client.ask(SessionRollbackPreview(id: id, checkpoint: checkpoint))
        }
        if output.isJSON {
            try output.json(preview)
            return .done
        }
        let point = preview.checkpoint
        output.line(
            SafeText(
                "\(preview.sessionId) would go back to \(point.checkpointId) (\(point.cause), \(SessionText.clock(point.at)))"
            ))
        for file in preview.diff.files {
            output.line(SafeText("  \(file.change.rawValue) \(file.path) +\(file.added) −\(file.removed)"))
        }
        output.line(
            SafeText(
                "\(AuditText.counted(preview.diff.files.count, "file")) would change, +\(preview.diff.added) −\(preview.diff.removed) lines; \(AuditText.counted(preview.turns, "turn")) (\(AuditText.counted(preview.messages, "message"))) would leave the context"
            ))
        for line in preview.notes { output.line(SafeText(line)) }
        for line in preview.cannotUndo { output.line(SafeText("cannot be put back: \(line)")) }
        return .done
    }
}

/// `session apply`.
struct SessionApply: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Takes a session's result: as a branch, into the files, or as a patch.",
        discussion: "Without --branch, --here or --patch a result in a git repository becomes a branch.")
    @OptionGroup var session: SessionArgument
    @OptionGroup var delivery: DeliveryOptions
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try await delivery.send("session.apply", session.value, program, output, options)
    }
}

/// How a result is taken.
struct DeliveryOptions: ParsableArguments {
    @Flag(name: .customLong("branch"), help: "Make a branch; --branch NAME names it, else agentos/NAME-ID.")
    var makesBranch = false

    @Argument(help: ArgumentHelp("The branch to make, with --branch.", valueName: "name")) var branch: String?

    @Flag(help: "Merge into the files, unstaged.") var here = false
    @Option(help: ArgumentHelp("Write a patch to this file, - is stdout.", valueName: "file")) var patch:
        String?
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Only paths that match one of these; may be repeated.", valueName: "glob"))
    var only: [String] = []
    @Flag(help: "Tell what would be written, write nothing.") var dryRun = false
    @Flag(help: "Although a required gate is not green; the log names you.") var ungated = false

    func validate() throws {
        if branch != nil, !makesBranch {
            throw ValidationError(
                "unexpected argument '\(branch ?? "")'; a branch is named with --branch NAME")
        }
        if [makesBranch, here, patch != nil].filter({ $0 }).count > 1 {
            throw ValidationError("--branch, --here and --patch exclude one another; give one")
        }
    }

    /// Sends the command and shows what it answers.
    func send(
        _ name: String, _ id: JSONValue, _ program: Program, _ output: Output, _ options: GlobalOptions
    ) async throws -> ExitCode {
        var arguments = ["id": id]
        if makesBranch { arguments["branch"] = .string(branch ?? "") }
        if here { arguments["here"] = true }
        if let patch { arguments["patch"] = .string(patch == "-" ? "-" : program.path(patch)) }
        if !only.isEmpty { arguments["only"] = .array(only.map { .string($0) }) }
        if dryRun { arguments["dry-run"] = true }
        if ungated { arguments["ungated"] = true }
        let command = Command(id: program.commandID(), name: name, arguments: arguments)
        let reply = try await program.withEngine(options) { try await $0.client.perform(command) }
        if let text = reply.value?["patch"]?.string, !output.isJSON {
            output.verbatim(text)
        } else {
            try output.reply(reply)
            if !output.isJSON { Self.list(reply, output) }
        }
        return reply.code
    }

    /// The paths of a dry run, and what is in its way.
    private static func list(_ reply: CommandReply, _ output: Output) {
        for (name, word) in [
            ("paths", ""), ("leftOut", "left out: "), ("conflicts", "conflict: "),
            ("redGates", "not green: "), ("outward", "leads out of the folder: "),
        ] {
            for text in (reply.value?[name]?.array ?? []).compactMap(\.string) {
                output.tell("  \(word)\(text)")
            }
        }
    }
}
