import AgentOSCore
import CSandbox
import Glibc
import HostWire

/// A host in the background: a new process of this program, in a session of its own.
struct HostProcess: Sendable {
    let program: Program
    let options: GlobalOptions

    /// Starts one on a home whose lock nobody holds, and waits until it answers.
    func start(_ home: HomeFolder) async throws -> HostHello {
        let log = try home.openHostLog()
        defer { close(log) }
        var arguments = ["agentos", "--no-ui", "--events", "none", "--home", home.path]
        if let config = options.config { arguments += ["--config", program.path(config)] }
        if let tenant = options.tenant { arguments += ["--tenant", tenant] }
        if let name = options.name { arguments += ["--as", name] }
        let start = lseek(log, 0, SEEK_END)
        let pid = try spawn(arguments, log: log)
        let client = HostClient(
            HostClient.Options(
                home: home.path, identity: try program.identity(options), patience: .seconds(10)
            ) {
                // A child that has ended will never answer.
                kill(pid, 0) == 0 && waitpid(pid, nil, WNOHANG) == 0
            })
        do {
            let hello = try await client.hello()
            await client.close()
            return hello
        } catch let fault as Fault where HostClient.isAbsence(fault) {
            let cause = Self.lastLine(home.hostLog, after: start).map { ": \($0)" } ?? ""
            throw Fault(
                .noHost, "the host of \(home.path) did not start\(cause)",
                hint: "see its log: \(home.hostLog)")
        }
    }

    /// The last line that was written to a log since it had a length: why the host ended.
    private static func lastLine(_ path: String, after start: off_t) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = pread(file, &bytes, bytes.count, max(start, lseek(file, 0, SEEK_END) - 4096))
        let lines = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
        return lines.last.map { String($0.hasPrefix("agentos: ") ? $0.dropFirst(9) : $0) }
    }

    private func spawn(_ arguments: [String], log: Int32) throws(Fault) -> pid_t {
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] =
            program.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let result = csandbox_spawn("/proc/self/exe", &argv, &envp, [-1, -1, log], 3, &pid)
        guard result == 0 else {
            throw .failed("cannot start a host: \(String(cString: strerror(result)))", hint: "see ulimit -u")
        }
        return pid
    }

    /// Waits until nobody holds a home any more; throws when that takes longer than a host may take to end.
    static func waitUntilFree(_ home: HomeFolder) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(15))
        while try HomeLock.take(home) == nil {
            guard ContinuousClock.now < deadline else { throw Program.held(home) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
