import AgentOSCore
import CSandbox
import FoundationEssentials
import Glibc

/// What happened when a layer was told to keep a command in that tried to get out.
///
/// The attempts are real, and judged from outside: a file written beside the workspace, a secret read, a
/// connection to a listener of ours, a signal to a process of ours, a daemon left behind.
public struct SandboxProbe: Sendable, Hashable, Codable {
    /// The layer.
    public let layer: SandboxLayer
    /// What it did not hold back, or why it could not be tried; empty when it passed.
    public let failures: [String]
    /// The command or setting that mends it, if one is known.
    public let fix: String?

    /// Whether the layer counts.
    public var passed: Bool { failures.isEmpty }

    static func run(_ sandbox: Sandbox, scratch: String) async -> SandboxProbe {
        if let missing = missing(sandbox) { return missing }
        do {
            let failures = try await attempt(sandbox, scratch: scratch)
            return SandboxProbe(
                layer: sandbox.layer, failures: failures, fix: failures.isEmpty ? nil : fix(sandbox.layer))
        } catch {
            return SandboxProbe(layer: sandbox.layer, failures: ["\(error)"], fix: fix(sandbox.layer))
        }
    }

    private static func missing(_ sandbox: Sandbox) -> SandboxProbe? {
        switch sandbox.layer {
        case .bubblewrap where sandbox.bubblewrap == nil:
            SandboxProbe(
                layer: .bubblewrap, failures: ["bubblewrap is not installed"],
                fix: "sudo apt-get install bubblewrap")
        case .landlock(abi: 0):
            SandboxProbe(
                layer: sandbox.layer, failures: ["this kernel has no Landlock"],
                fix: "boot a kernel from 5.13 on with `lsm=landlock,…`")
        case .bubblewrap, .landlock: nil
        }
    }

    private static func fix(_ layer: SandboxLayer) -> String {
        let restriction = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
        let restricted = (try? Data(contentsOf: URL(filePath: restriction)))?.first == UInt8(ascii: "1")
        switch layer {
        case .bubblewrap where restricted:
            return "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        case .bubblewrap:
            return "sudo sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000"
        case .landlock(let abi):
            return abi < 6 ? "sudo apt-get install bubblewrap" : "boot a kernel with `lsm=landlock,…`"
        }
    }

    private static func attempt(_ sandbox: Sandbox, scratch: String) async throws -> [String] {
        let stage = try ProbeStage(scratch: scratch)
        defer { stage.tearDown() }
        let command = ConfinedCommand(
            shell: stage.script, workspace: stage.workspace, spool: stage.spool,
            limits: ConfinedLimits(
                timeoutMilliseconds: 20_000, memoryBytes: 1 << 30, processes: 64, cpuSeconds: 10))
        let result = try await sandbox.run(command)
        return stage.judge(result)
    }
}

/// What the probe puts around the sandbox, to see what gets out.
private final class ProbeStage {
    let root: String
    let token = "agentos-probe-\(UInt64.random(in: 0 ... .max))"
    private let listener: Int32
    private var port: UInt16 = 0
    private var victim: pid_t = 0

    var workspace: String { root + "/workspace" }
    var spool: String { root + "/spool" }

    init(scratch: String) throws {
        root = scratch + "/probe-\(UInt64.random(in: 0 ... .max))"
        listener = csandbox_listen(&port)
        do {
            for name in ["/workspace", "/outside"] {
                try FileManager.default.createDirectory(
                    atPath: root + name, withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
            }
            try Data(token.utf8).write(to: URL(filePath: root + "/outside/secret"))
        } catch {
            tearDown()
            throw error
        }
        let error = withCStrings(["sleep", "60"]) { argv in
            withCStrings([]) { csandbox_spawn("/bin/sleep", argv, $0, [-1, -1, -1], 3, &victim) }
        }
        guard listener >= 0, error == 0 else {
            tearDown()
            throw Fault.failed("the probe could not be set up", hint: "free some descriptors and processes")
        }
    }

    /// Each line is one attempt to get out; the last one proves that the script came to its end.
    var script: String {
        """
        cat '\(root)/outside/secret' > found 2>/dev/null
        echo x > '\(root)/outside/written'
        kill -9 \(victim)
        if command -v bash; then bash -c 'echo > /dev/tcp/127.0.0.1/\(port)'; echo tried > connected; fi
        if ! [ -e connected ] && command -v perl; then
          perl -MIO::Socket -e 'IO::Socket::INET->new("127.0.0.1:\(port)")'; echo tried > connected; fi
        if ! [ -e connected ] && command -v nc; then nc -w 1 127.0.0.1 \(port) </dev/null; echo tried > connected; fi
        (setsid sh -c 'sleep 60; : \(token)' >/dev/null 2>&1 &)
        echo done > finished
        """
    }

    func judge(_ result: ConfinedResult) -> [String] {
        var failures: [String] = []
        if !exists("workspace/finished") { failures.append("a command could not write in its workspace") }
        if exists("outside/written") { failures.append("a command could write outside of its workspace") }
        let found = (try? Data(contentsOf: URL(filePath: workspace + "/found"))) ?? Data()
        if found.contains(Data(token.utf8)) {
            failures.append("a command could read outside of its workspace")
        }
        if !exists("workspace/connected") {
            failures.append("the network could not be tried without bash, perl or nc")
        }
        if csandbox_was_connected(listener) != 0 { failures.append("a command could use the network") }
        if kill(victim, 0) != 0 || waitpid(victim, nil, WNOHANG) != 0 {
            victim = 0
            failures.append("a command could end a process outside")
        }
        if Self.isAlive(token) { failures.append("a command could leave a process behind") }
        return failures
    }

    func tearDown() {
        if victim > 0 {
            kill(victim, SIGKILL)
            _ = csandbox_wait(victim)
            victim = 0
        }
        if listener >= 0 { close(listener) }
        try? FileManager.default.removeItem(atPath: root)
    }

    private func exists(_ name: String) -> Bool { access(root + "/" + name, F_OK) == 0 }

    /// Whether any process of the machine carries the token in its command line.
    private static func isAlive(_ token: String) -> Bool {
        guard let all = try? FileManager.default.contentsOfDirectory(atPath: "/proc") else { return true }
        return all.contains { name in
            guard let first = name.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
                let line = try? Data(contentsOf: URL(filePath: "/proc/\(name)/cmdline"))
            else { return false }
            return line.contains(Data(token.utf8))
        }
    }
}
