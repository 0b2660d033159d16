import AgentOSCore
import ArgumentParser
import EngineHost

/// Ours, not the parser's of the same name.
typealias ExitCode = AgentOSCore.ExitCode

/// A command of the program.
protocol ProgramCommand: ParsableCommand, Sendable {
    /// What every command takes.
    var options: GlobalOptions { get }
    /// Whether it looks after signals by itself; else one ends it.
    static var handlesSignals: Bool { get }
    /// Does it, and says how it ended.
    ///
    /// Throws a `Fault`, or `DocumentFaults`.
    func perform(_ program: Program, _ output: Output) async throws -> ExitCode
}

extension ProgramCommand {
    static var handlesSignals: Bool { false }

    /// Does a command of the engine and prints its reply.
    func send(
        _ name: String, _ arguments: [String: JSONValue], _ program: Program, _ output: Output
    ) async throws -> ExitCode {
        let command = Command(id: program.commandID(), name: name, arguments: arguments)
        let makesHome = ["session.create", "chain.create", "model.test"].contains(name)
        let scope: HostScope = name == "gate.run" ? .first : .none
        let reply = try await program.withEngine(options, makesHome: makesHome, scope: scope) {
            try await $0.client.perform(command)
        }
        try output.reply(reply)
        return reply.code
    }
}
