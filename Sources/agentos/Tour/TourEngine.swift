import AgentOSCore
import CSandbox
import Dispatch
import FoundationEssentials
import Glibc
import HostWire

/// The tour's engine: another process of this program, which can be killed for real.
///
/// It is reaped here and never outlives the tour.
actor TourEngine {
    private let home: TourHome
    private let version: String
    /// The program that it runs.
    private let executable: String
    /// Tells each time that it has been started and answers.
    nonisolated let starts: AsyncStream<Void>
    private let hasStarted: AsyncStream<Void>.Continuation
    private var pid: pid_t?
    /// The processes that were killed, in order.
    private(set) var killed: [pid_t] = []

    init(home: TourHome, version: String, executable: String) {
        self.home = home
        self.version = version
        self.executable = executable
        (starts, hasStarted) = AsyncStream.makeStream()
    }

    /// Starts it, and waits until it answers.
    func start() async throws {
        guard pid == nil else { return }
        let log = try home.folder.openHostLog()
        defer { close(log) }
        let arguments = [
            "agentos", "--no-ui", "--events", "none", "--home", home.folder.path, "--config",
            home.configuration,
        ]
        let child = try Self.spawn(executable, arguments, home.environment, log)
        pid = child
        let client = HostClient(
            HostClient.Options(
                home: home.folder.path, identity: ClientHello(version: version), patience: .seconds(20)
            ) {
                // One that has ended stays to be reaped and will never answer.
                var state = siginfo_t()
                return waitid(P_PID, id_t(child), &state, WEXITED | WNOHANG | WNOWAIT) == 0
                    && TourEngine.isRunning(state)
            })
        do {
            _ = try await client.hello()
            await client.close()
            hasStarted.yield()
        } catch let fault as Fault where HostClient.isAbsence(fault) {
            throw Fault(
                .noHost, "the tour's engine did not start", hint: "see its log: \(home.folder.hostLog)")
        }
    }

    private nonisolated static func isRunning(_ state: siginfo_t) -> Bool { state.si_code == 0 }

    /// Ends it as a power cut would.
    func kill() throws(Fault) -> pid_t {
        guard let child = pid else { throw .failed("the tour's engine is not running") }
        guard Glibc.kill(child, SIGKILL) == 0 else {
            throw .failed("cannot kill the tour's engine, pid \(child): \(String(cString: strerror(errno)))")
        }
        // A killed process is gone at once.
        _ = csandbox_wait(child)
        pid = nil
        killed.append(child)
        return child
    }

    /// Ends it in good order, or by force after three seconds.
    func stop() async {
        guard let child = pid else { return }
        pid = nil
        hasStarted.finish()
        Glibc.kill(child, SIGTERM)
        // Held here, and over before the child is reaped, so that it can hit nobody else.
        let force = Task {
            try await Task.sleep(for: .seconds(3))
            Glibc.kill(child, SIGKILL)
        }
        await Self.waitForEnd(of: child)
        force.cancel()
        _ = await force.result
        _ = csandbox_wait(child)
    }

    /// Returns when a child has ended; it is still to be reaped.
    private static func waitForEnd(of child: pid_t) async {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "agentos.tour").async {
                var state = siginfo_t()
                while waitid(P_PID, id_t(child), &state, WEXITED | WNOWAIT) != 0, errno == EINTR {}
                continuation.resume()
            }
        }
    }

    private static func spawn(
        _ executable: String, _ arguments: [String], _ environment: [String: String], _ log: Int32
    ) throws(Fault) -> pid_t {
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let result = csandbox_spawn(executable, &argv, &envp, [-1, -1, log], 3, &pid)
        guard result == 0 else {
            throw .failed(
                "cannot start an engine: \(String(cString: strerror(result)))", hint: "see ulimit -u")
        }
        return pid
    }
}

/// Runs a program to its end and reads what it says.
enum TourShell {
    /// Its exit code and its output; blocks.
    static func run(_ words: [String], _ environment: [String: String]) throws(Fault) -> (
        code: Int32, text: String
    ) {
        var ends: [Int32] = [-1, -1]
        let made = csandbox_pipe(&ends)
        guard made == 0 else { throw .failed("no pipe: \(String(cString: strerror(made)))") }
        var argv: [UnsafeMutablePointer<CChar>?] = (["env"] + words).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let result = csandbox_spawn("/usr/bin/env", &argv, &envp, [-1, ends[1], ends[1]], 3, &pid)
        close(ends[1])
        defer { close(ends[0]) }
        guard result == 0 else {
            throw .failed("cannot run \(words.first ?? ""): \(String(cString: strerror(result)))")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            if bytes.count < 65_536 { bytes += buffer[..<count] }
        }
        return (csandbox_wait(pid), String(decoding: bytes, as: UTF8.self))
    }
}
