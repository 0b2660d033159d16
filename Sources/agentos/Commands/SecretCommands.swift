import AgentOSCore
import ArgumentParser
import Glibc
import Secrets

/// `agentos secret`.
struct SecretCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "Keys that config.yaml names as secret:NAME, sealed in the home.",
        subcommands: [SecretSet.self, SecretList.self, SecretRemove.self])
}

/// `secret set`.
struct SecretSet: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Sets a secret; its value is read from stdin, or asked for without an echo.",
        discussion: """
            Values are sealed with AES-256-GCM. The key is the systemd credential agentos-key, else secrets.key in the \
            home, which a backup leaves out, as it does the secrets. A host reads them when it starts.
            """)
    @Argument(help: "A letter, then letters, digits, - _ and .") var name: String
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let store = try program.secrets(options, home: try program.home(options).path)
        _ = try SecretName.check(name)
        let value = try read()
        let entry = try store.set(name, to: value, at: program.clock.now())
        if output.isJSON {
            try output.json(entry)
        } else {
            output.tell("\(name) is set; name it in config.yaml as secret:\(name)")
        }
        if value.filter({ !$0.isNewline }).utf8.count < Redactor.leastLength {
            output.note(
                "\(name) is shorter than \(Redactor.leastLength) bytes: texts that hold it are not masked")
        }
        return .done
    }

    /// The value: from a terminal without an echo, else all of stdin.
    private func read() throws(Fault) -> String {
        guard isatty(0) == 1 else {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while bytes.count <= SecretStore.longest {
                let count = Glibc.read(0, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                bytes += buffer.prefix(count)
            }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw .usage("the secret \(name) is not text", hint: "give one line of UTF-8, such as base64")
            }
            return text
        }
        guard let typed = getpass("\(name): ") else {
            throw .usage("nothing was typed", hint: "or give it on stdin: agentos secret set \(name) < FILE")
        }
        return String(cString: typed)
    }
}

/// `secret list`.
struct SecretList: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the secrets that are set; their values are never shown.")
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let entries = try program.secrets(options, home: try program.existingHome(options).path).list()
        var table = TextTable("NAME", "VERSION", "SET")
        for entry in entries { table.add(entry.name, String(entry.version), entry.setAt.description) }
        try output.list(table, json: try entries.map { try JSONText.value($0) }, none: "no secret is set")
        return .done
    }
}

/// `secret rm`.
struct SecretRemove: ProgramCommand {
    static let configuration = CommandConfiguration(commandName: "rm", abstract: "Removes a secret.")
    @Argument(help: "Its name.") var name: String
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        try program.secrets(options, home: try program.existingHome(options).path).remove(name)
        output.tell("\(name) is removed")
        return .done
    }
}

extension Program {
    /// The secrets of a home.
    func secrets(_ options: GlobalOptions, home: String) throws(Fault) -> SecretStore {
        SecretStore(
            home: home, tenant: try tenant(options), credentials: environment["CREDENTIALS_DIRECTORY"])
    }
}
