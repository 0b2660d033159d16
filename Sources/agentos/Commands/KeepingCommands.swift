import AgentOSCore
import ArgumentParser

/// `home size`.
struct HomeSizing: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "size", abstract: "Tells how much the home holds.")
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let size = try await program.withEngine(options) { try await $0.client.ask(HomeSize()) }
        if output.isJSON {
            var members = try JSONText.value(size).object ?? [:]
            members["bytes"] = .int(size.bytes)
            try output.json(JSONValue.object(members))
            return .done
        }
        var table = TextTable("PART", "COUNT", "BYTES")
        for part in size.parts { table.add(part.part, String(part.count), String(part.bytes)) }
        table.add("all", "", String(size.bytes))
        try output.list(table, json: [], none: "the home is empty")
        if size.unreachable.count > 0 {
            output.tell(
                "\(size.unreachable.count) objects (\(size.unreachable.bytes) bytes) are kept for nothing; clear them: agentos home gc"
            )
        }
        return .done
    }
}

/// `home gc`.
struct HomeClearing: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Clears what the configuration's keep says is kept no longer.",
        discussion:
            "It tells what goes before it acts. What works, waits or can be taken or taken back stays.")
    @Flag(help: "Tell what would be cleared, clear nothing.") var dryRun = false
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let plan = Command(id: program.commandID(), name: "home.gc", arguments: ["dry-run": true])
        let act = Command(id: program.commandID(), name: "home.gc")
        let isDryRun = dryRun
        let reply = try await program.withEngine(options) { connection in
            let plan = try await connection.client.perform(plan)
            if isDryRun { return plan }
            if !output.isJSON { Self.tell(plan, output) }
            return try await connection.client.perform(act)
        }
        try output.reply(reply)
        if isDryRun, !output.isJSON { Self.list(reply, output) }
        return reply.code
    }

    private static func tell(_ plan: CommandReply, _ output: Output) {
        output.tell(plan.message)
        list(plan, output)
    }

    private static func list(_ plan: CommandReply, _ output: Output) {
        for line in (plan.value?["lines"]?.array ?? []).compactMap(\.string) { output.tell("  \(line)") }
    }
}
