import AgentOSCore
import FoundationEssentials

/// What one command may use up.
public struct ConfinedLimits: Hashable, Sendable, Codable {
    /// Wall time; then everything is asked to end, and 300 ms later killed.
    public var timeoutMilliseconds: Int
    /// Memory of one process, of all together, and of `/tmp` inside; the command is ended above it.
    public var memoryBytes: Int64
    /// Processes at the same time; more cannot be started, or end the command.
    public var processes: Int
    /// The largest file that can be written.
    public var fileBytes: Int64
    /// CPU time of one process.
    public var cpuSeconds: Int
    /// How much output is kept: the first half and the last half of this.
    public var outputBytes: Int

    /// Limits; the defaults let a build of a middling project through.
    public init(
        timeoutMilliseconds: Int = 120_000, memoryBytes: Int64 = 4 << 30, processes: Int = 512,
        fileBytes: Int64 = 2 << 30, cpuSeconds: Int = 3600, outputBytes: Int = 1 << 20
    ) {
        self.timeoutMilliseconds = timeoutMilliseconds
        self.memoryBytes = memoryBytes
        self.processes = processes
        self.fileBytes = fileBytes
        self.cpuSeconds = cpuSeconds
        self.outputBytes = outputBytes
    }
}

/// One shell command and all that it may touch.
public struct ConfinedCommand: Sendable {
    /// What `/bin/sh -c` is given.
    public var shell: String
    /// The only folder that it can change, which is also where it starts.
    public var workspace: String
    /// A folder for this call alone, outside of the workspace: its output and status; made if absent.
    public var spool: String
    /// Folders that it may read beside the system's.
    public var readRoots: [String]
    /// Whether it has the machine's network; without, it has none.
    public var network: Bool
    /// What it may use up.
    public var limits: ConfinedLimits
    /// The session's lock: held for as long as anything of the command lives, whatever becomes of the engine.
    public var lockFD: Int32?
    /// Variables beside and over the clean environment.
    public var environment: [String: String]
    /// Variables whose values stand on no command line.
    public var secrets: [String: String] = [:]
    /// The standard input and output of the command, where somebody talks with it; its output is then not kept.
    var talk: (input: Int32, output: Int32)?

    /// A command.
    public init(
        shell: String, workspace: String, spool: String, readRoots: [String] = [], network: Bool = false,
        limits: ConfinedLimits = ConfinedLimits(), lockFD: Int32? = nil, environment: [String: String] = [:]
    ) {
        self.shell = shell
        self.workspace = workspace
        self.spool = spool
        self.readRoots = readRoots
        self.network = network
        self.limits = limits
        self.lockFD = lockFD
        self.environment = environment
    }
}

/// How a command ended; its bytes lie in the spool.
public struct ConfinedResult: Hashable, Sendable, Codable {
    /// The shell's exit code; nil when a signal ended it.
    public var exit: Int?
    /// The signal that ended it.
    public var signal: Int?
    /// Whether it ran out of wall time.
    public var timedOut: Bool
    /// Whether it was cancelled.
    public var cancelled: Bool
    /// The limit that ended it: `processes`, `memory` or `disk`.
    public var stopped: String?
    /// What it wrote.
    public var totalBytes: Int64
    /// What was kept of it.
    public var keptBytes: Int64
    /// How many of the kept bytes are the first ones; where bytes were dropped, the others are the last ones.
    public var headBytes: Int64
    /// Wall time.
    public var milliseconds: Int64
    /// What confined it.
    public var layer: SandboxLayer

    /// The result of a call whose spool says that it has finished; nil for a call that was cut.
    ///
    /// The status is synced and renamed into place after the last process has ended, and before anybody is
    /// told: it is there whole or not at all.
    public static func recovered(from spool: String) -> ConfinedResult? {
        guard let data = try? Data(contentsOf: URL(filePath: spool + "/status.json")) else { return nil }
        return try? JSONText.decode(ConfinedResult.self, from: data)
    }

    /// The kept bytes, as they were written.
    public static func output(in spool: String) -> [UInt8] {
        (try? Data(contentsOf: URL(filePath: spool + "/output"))).map(Array.init) ?? []
    }
}
