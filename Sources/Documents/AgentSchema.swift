import AgentOSCore

/// `agent` of a session file.
enum AgentSchema {
    /// `model`, which is nil, or a command-line agent.
    static func read(_ entry: Entry) -> AgentConfig? {
        guard case .mapping = entry.node.content else {
            _ = Read.word(of: ["model"])(entry)
            return nil
        }
        return Fields.read(entry) { fields in
            let command = fields.required("command", command, "write command: [PROGRAM, …]")
            let talk = fields.optional("protocol", Read.choice(AgentConfig.Talk.self))
            let env = fields.optional("env", Read.list(of: variable))
            let roots = fields.optional("mount_ro", Read.list(of: Read.path))
            let network = fields.optional("network", SessionDocument.network)
            return AgentConfig(
                command: command ?? [], talk: talk ?? .text, env: env ?? [], readRoots: roots ?? [],
                network: network)
        }
    }

    /// The program and its arguments.
    private static func command(_ entry: Entry) -> [String]? {
        guard let words = Read.list(of: Read.text)(entry) else { return nil }
        guard let program = words.first, !program.allSatisfy(\.isWhitespace) else {
            return entry.fail("no program", "write command: [PROGRAM, …]")
        }
        guard words.dropFirst().contains(where: { $0.contains("{goal}") }) else {
            return entry.fail("without {goal}, the agent does not hear what it is to do", "add \"{goal}\"")
        }
        return words
    }

    /// The name of a variable.
    private static func variable(_ entry: Entry) -> String? {
        guard let text = Read.line(entry) else { return nil }
        let isName = text.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95
        }
        guard isName, text.utf8.first.map({ !(48...57).contains($0) }) == true else {
            return entry.expected("the name of a variable, whose value is taken from the host's environment")
        }
        return text
    }
}
