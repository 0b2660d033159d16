import AgentOSCore
import ArgumentParser
import Glibc

/// `agentos home`.
struct HomeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "home", abstract: "Keeps a home safe, and of the size it should have.",
        subcommands: [HomeBackup.self, HomeRestore.self, HomeSizing.self, HomeClearing.self])
}

/// `home backup`.
struct HomeBackup: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Writes a consistent copy of the home to a file; a host that runs goes on."
    )
    @Argument(help: ArgumentHelp("The file to write.", valueName: "file")) var file: String
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let home = try program.existingHome(options)
        let path = program.path(file)
        switch try await program.reach(home, options) {
        case .lock(let lock):
            defer { lock.release() }
            try await program.hosting.backup(home, path, nil)
        case .host(let host, _):
            try await program.hosting.backup(home, path, host.client)
            await host.close()
        }
        try output.reply(CommandReply("\(home.path) backed up to \(path)", value: ["file": .string(path)]))
        return .done
    }
}

/// `home restore`.
struct HomeRestore: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Puts a backup in the place of a home that is empty or whose log it continues.")
    @Argument(help: ArgumentHelp("A file that backup wrote.", valueName: "file")) var file: String
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let path = program.path(file)
        let home = try home(program, for: path)
        switch try await program.reach(home, options) {
        case .lock(let lock):
            defer { lock.release() }
            try await program.hosting.restore(path, home)
        case .host(_, let hello):
            throw Fault(
                .noHost, "the home \(home.path) is held by the host with pid \(hello.pid)",
                hint: "stop it first: agentos host stop")
        }
        try output.reply(
            CommandReply("\(home.path) restored from \(path)", value: ["home": .string(home.path)]))
        return .done
    }

    /// The home to restore; one that is not there is made only for a file that is.
    private func home(_ program: Program, for path: String) throws(Fault) -> HomeFolder {
        do { return try program.existingHome(options) } catch {
            guard error.code == .notFound else { throw error }
            guard access(path, R_OK) == 0 else {
                throw .notFound("there is no file \(path)", hint: "name a file that home backup wrote")
            }
            return try program.home(options)
        }
    }
}
