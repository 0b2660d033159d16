import AgentOSCore

/// Something that a model may call.
public protocol Tool: Sendable {
    /// What the model is told.
    var spec: ToolSpec { get }
    /// What a call can do to the world, where `network` says whether the sandbox has a network.
    func effect(of arguments: JSONValue, network: Bool) -> EffectClass
    /// Runs a call. Never throws: a refusal or failure is a result that says what to do.
    func run(_ arguments: JSONValue, in context: ToolContext) async -> ToolResult
}

/// What a tool gets of the session that calls it.
public struct ToolContext: Sendable {
    /// The session's files: an absolute path.
    public var workspace: String
    /// What confines commands; without one there are none.
    public var sandbox: Sandbox?
    /// A folder of this call's own, outside of the workspace; made when a command runs.
    public var spool: String
    /// Folders that a command may read beside the system's.
    public var readRoots: [String]
    /// Whether commands have the machine's network.
    public var network: Bool
    /// What a command may use up.
    public var limits: ConfinedLimits
    /// The session's lock, which every process of the call inherits.
    public var lockFD: Int32?
    /// Variables for commands, beside the clean environment.
    public var environment: [String: String]
    /// Hears of output while it comes; may miss some.
    public var onOutput: @Sendable ([UInt8]) -> Void

    /// A context.
    public init(
        workspace: String, sandbox: Sandbox?, spool: String, readRoots: [String] = [], network: Bool = false,
        limits: ConfinedLimits = ConfinedLimits(), lockFD: Int32? = nil, environment: [String: String] = [:],
        onOutput: @escaping @Sendable ([UInt8]) -> Void = { _ in }
    ) {
        self.workspace = workspace
        self.sandbox = sandbox
        self.spool = spool
        self.readRoots = readRoots
        self.network = network
        self.limits = limits
        self.lockFD = lockFD
        self.environment = environment
        self.onOutput = onOutput
    }
}

/// Why a call was not carried out, in words for the model that say what to do.
struct Refusal: Error {
    let text: String
    init(_ text: String) { self.text = text }
}

/// A tool that reads or changes files in the engine's own process.
protocol FileTool: Tool {
    /// Does the work; blocks, on a thread of its own.
    func perform(_ arguments: ToolArguments, in folder: borrowing WorkspaceFolder) throws -> String
}

extension FileTool {
    /// Checks the arguments, opens the workspace and answers.
    public func run(_ arguments: JSONValue, in context: ToolContext) async -> ToolResult {
        let start = ContinuousClock.now
        var result: ToolResult
        do {
            let checked = try ToolArguments(arguments, for: spec)
            let workspace = context.workspace
            let text = try await BlockingThread.value {
                try perform(checked, in: WorkspaceFolder(workspace))
            }
            result = ToolResult(text: ToolText.capped(text))
        } catch let refusal as Refusal {
            result = ToolResult(text: refusal.text, isError: true)
        } catch {
            result = ToolResult(text: "\(error)", isError: true)
        }
        result.milliseconds = start.millisecondsUntilNow
        return result
    }
}

extension ContinuousClock.Instant {
    var millisecondsUntilNow: Int64 {
        let passed = duration(to: .now).components
        return passed.seconds * 1000 + passed.attoseconds / 1_000_000_000_000_000
    }
}
