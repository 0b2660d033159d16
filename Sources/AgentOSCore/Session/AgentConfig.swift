/// A command-line agent that works on a session in the place of a model.
public struct AgentConfig: Hashable, Sendable, Codable {
    /// How the engine and the agent talk.
    public enum Talk: String, Hashable, Sendable, Codable, CaseIterable {
        /// All that it writes is its answer.
        case text
        /// A JSON object a line on its standard output, as `claude -p --output-format stream-json` writes them.
        case streamJSON = "stream-json"
    }
    /// The program and its arguments; `{goal}` and `{report}` in them are filled in.
    public var command: [String]
    /// How it talks.
    public var talk: Talk
    /// Variables of the host's environment that it is given.
    public var env: [String]
    /// Files and folders that it may read, absolute.
    public var readRoots: [String]
    /// What it may reach; nil is what the session may.
    public var network: NetworkPolicy?

    /// An agent.
    public init(
        command: [String], talk: Talk = .text, env: [String] = [], readRoots: [String] = [],
        network: NetworkPolicy? = nil
    ) {
        self.command = command
        self.talk = talk
        self.env = env
        self.readRoots = readRoots
        self.network = network
    }

    /// The name of its program.
    public var name: String {
        let program = command.first ?? ""
        return program.split(separator: "/").last.map(String.init) ?? program
    }
}

extension SessionConfig {
    /// Who works: a route or model, or the name of the command-line agent.
    public var worker: String { agent?.name ?? model }

    /// Whether its command-line agent can change nothing but the session's own workspace.
    public var isAgentConfined: Bool {
        if case .inplace = workspace { return false }
        return (agent?.network ?? network) == .none
    }
}
