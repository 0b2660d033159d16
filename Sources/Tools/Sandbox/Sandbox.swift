import AgentOSCore
import FoundationEssentials
import Glibc

/// A layer that has proved itself on this boot, and the way to run a command behind it.
public struct Sandbox: Sendable {
    /// What confines.
    public let layer: SandboxLayer
    let helperPath: String
    let bubblewrap: Bubblewrap?

    /// The longest command that the kernel lets through as one argument, with room to spare.
    static let maxCommandBytes = 100_000

    /// What was found when a sandbox was looked for.
    public struct Choice: Sendable {
        /// The strongest layer that passed its probe; nil when none did.
        public let sandbox: Sandbox?
        /// What each layer's probe found, in the order tried.
        public let probes: [SandboxProbe]

        /// The sandbox, or the refusal that says what to do.
        public func get() throws(Fault) -> Sandbox {
            if let sandbox { return sandbox }
            let found = probes.map { "\($0.layer): \($0.failures.joined(separator: ", "))" }.joined(
                separator: "; ")
            throw .refused(
                "no sandbox works on this machine, so no command is run (\(found))",
                hint: probes.compactMap(\.fix).first ?? "run `agentos doctor`")
        }
    }

    /// Probes the layers of this machine and takes the first that holds.
    ///
    /// - Parameters:
    ///   - helperPath: the program that confines, which must understand `__sandbox`: `/proc/self/exe`.
    ///   - preferred: the only layer to consider, by its kind; nil for all.
    ///   - scratch: a folder of the home in which the probe may make a folder of its own.
    public static func choose(
        helperPath: String = "/proc/self/exe", preferred: SandboxLayer? = nil, scratch: String
    ) async -> Choice {
        var probes: [SandboxProbe] = []
        for layer in SandboxLayer.candidates where preferred.map({ $0.isSameKind(as: layer) }) ?? true {
            let sandbox = Sandbox(
                layer: preferred ?? layer, helperPath: helperPath,
                bubblewrap: layer == .bubblewrap ? Bubblewrap.find() : nil)
            let probe = await SandboxProbe.run(sandbox, scratch: scratch)
            probes.append(probe)
            if probe.passed { return Choice(sandbox: sandbox, probes: probes) }
        }
        return Choice(sandbox: nil, probes: probes)
    }

    /// Runs one command and returns when nothing of it is alive.
    ///
    /// Cancelling the task cancels the command; the result then says so. `onOutput` hears of output while it
    /// comes and may miss some; the spool has it. A throw means that the command never ran, or that its
    /// confining process was killed, in which case the spool has no status.
    public func run(
        _ command: ConfinedCommand, onOutput: @escaping @Sendable ([UInt8]) -> Void = { _ in }
    ) async throws -> ConfinedResult {
        try await run(command, onStart: {}, onOutput: onOutput)
    }

    /// Runs one command; `onStart` is called once the descriptors that it was given can be closed here.
    func run(
        _ command: ConfinedCommand, onStart: @escaping @Sendable () -> Void,
        onOutput: @escaping @Sendable ([UInt8]) -> Void
    ) async throws -> ConfinedResult {
        let arguments = try arguments(for: command)
        let lifeline = try Lifeline()
        let process = ConfiningProcess(
            path: helperPath, arguments: arguments, lifeline: lifeline, lock: command.lockFD,
            environment: command.secrets, talk: command.talk, onStart: onStart)
        defer { lifeline.finish() }
        let code = try await withTaskCancellationHandler {
            try await BlockingThread.value { try process.run { onOutput(Array($0)) } }
        } onCancel: {
            lifeline.cancel()
        }
        if code == 0, let result = ConfinedResult.recovered(from: command.spool) { return result }
        guard code == 125 else {
            throw Fault.failed(
                "the process that confined the command was killed (code \(code))",
                hint: "run the command again")
        }
        throw Fault.refused(
            "the command was not run: \(Self.failure(in: command.spool))", hint: "run `agentos doctor`")
    }

    private static func failure(in spool: String) -> String {
        let data = (try? Data(contentsOf: URL(filePath: spool + "/failure"))) ?? Data()
        let text = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).joined(
            separator: " ")
        return text.isEmpty ? "the sandbox could not be set up" : text
    }

    private func arguments(for command: ConfinedCommand) throws(Fault) -> [String] {
        guard command.shell.utf8.count <= Self.maxCommandBytes else {
            throw .usage(
                "the command has \(command.shell.utf8.count) bytes and at most \(Self.maxCommandBytes) can be passed",
                hint: "write it to a file and run that")
        }
        guard !command.shell.utf8.contains(0) else {
            throw .usage("the command contains a NUL byte", hint: "write the bytes with printf")
        }
        guard let workspace = realPath(command.workspace) else {
            throw .notFound("no workspace at \(command.workspace)")
        }
        if mkdir(command.spool, 0o700) != 0, errno != EEXIST {
            throw .failed("cannot make the spool \(command.spool): \(String(cString: strerror(errno)))")
        }
        guard let spool = realPath(command.spool) else { throw .notFound("no spool at \(command.spool)") }
        return layerArguments + limitArguments(command.limits)
            + ["--workspace", workspace, "--spool", spool]
            + command.readRoots.compactMap(realPath).flatMap { ["--read", $0] }
            + command.environment.sorted { $0.key < $1.key }.flatMap { ["--env", "\($0.key)=\($0.value)"] }
            + command.secrets.keys.sorted().flatMap { ["--keep", $0] }
            + (command.talk == nil ? [] : ["--talk"])
            + (command.network ? ["--network"] : []) + (command.lockFD == nil ? [] : ["--lock"])
            + ["--", command.shell]
    }

    private var layerArguments: [String] {
        switch layer {
        case .bubblewrap:
            ["__sandbox", "--layer", "bubblewrap", "--bwrap", bubblewrap?.path ?? Bubblewrap.usualPath]
                + (bubblewrap?.knowsSize == true ? ["--sized"] : [])
        case .landlock(let abi): ["__sandbox", "--layer", "landlock", "--abi", "\(abi)"]
        }
    }

    private func limitArguments(_ limits: ConfinedLimits) -> [String] {
        [
            "--timeout", "\(max(1, limits.timeoutMilliseconds))", "--memory", "\(max(0, limits.memoryBytes))",
            "--processes", "\(max(0, limits.processes))", "--file-size", "\(max(0, limits.fileBytes))",
            "--cpu", "\(max(0, limits.cpuSeconds))", "--output", "\(max(0, limits.outputBytes))",
        ]
    }
}

extension SandboxLayer {
    /// Whether both are bubblewrap, or both Landlock of whatever version.
    func isSameKind(as other: SandboxLayer) -> Bool {
        switch (self, other) {
        case (.bubblewrap, .bubblewrap), (.landlock, .landlock): true
        case (.bubblewrap, .landlock), (.landlock, .bubblewrap): false
        }
    }
}

/// The bubblewrap of this machine.
struct Bubblewrap: Sendable {
    static let usualPath = "/usr/bin/bwrap"
    let path: String
    /// Whether it can bound the memory of a tmpfs (from 0.7 on).
    let knowsSize: Bool

    static func find() -> Bubblewrap? {
        locate().map { Bubblewrap(path: $0, knowsSize: contains("--size", in: $0)) }
    }

    /// Where it is installed; nil without one.
    static func locate() -> String? {
        [usualPath, "/usr/local/bin/bwrap", "/bin/bwrap"].first { access($0, X_OK) == 0 }
    }

    /// The option's name stands in the program's own help text: cheaper and surer than parsing a version.
    private static func contains(_ option: String, in path: String) -> Bool {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { return false }
        let wanted = Array("\0\(option)\0".utf8)
        return data.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, bytes.count >= wanted.count else { return false }
            // A generic search of a collection takes 100 times as long, and this is done at each start.
            return (0...bytes.count - wanted.count).contains {
                bytes[$0] == wanted[0] && memcmp(start + $0, wanted, wanted.count) == 0
            }
        }
    }
}

/// The path without symbolic links; nil when there is no such thing.
func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
}
