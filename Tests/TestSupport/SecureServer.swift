import AgentOSCore
import FoundationEssentials
import Glibc

/// A server that speaks TLS with a certificate of its own and answers every request with a page.
///
/// It is `openssl s_server`, ended with the value.
public final class SecureServer: Sendable {
    private static let program = "/usr/bin/openssl"

    /// Whether this machine has what it needs.
    public static var isAvailable: Bool { access(program, X_OK) == 0 }

    /// The port on 127.0.0.1.
    public let port: UInt16
    /// The file of its certificate: who trusts it trusts the server, for `localhost`, as long as it holds.
    public let certificate: String
    private let folder: TemporaryFolder
    private let process: pid_t

    /// Starts a server whose certificate holds for so many days from now; a negative number is in the past.
    ///
    /// Its programs are waited for on a thread of its own.
    public static func start(days: Int) async throws -> SecureServer {
        try await withCheckedThrowingContinuation { started in
            LoopbackSocket.onThread { started.resume(with: Result { try SecureServer(days: days) }) }
        }
    }

    private init(days: Int) throws {
        folder = try TemporaryFolder()
        let (key, request) = (folder.file("key.pem"), folder.file("request.pem"))
        certificate = folder.file("certificate.pem")
        let names = try folder.write("names", "subjectAltName=DNS:localhost\n")
        for arguments in [
            [
                "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                key,
                "-subj", "/CN=localhost", "-out", request,
            ],
            [
                "x509", "-req", "-in", request, "-signkey", key, "-days", "\(days)", "-extfile", names,
                "-out",
                certificate,
            ],
        ] {
            let made = try Self.start(arguments, output: folder.file("made"))
            guard Self.wait(for: made) == 0 else {
                throw Fault.failed("openssl \(arguments[0]): \(try folder.read("made"))")
            }
        }
        let output = folder.file("output")
        process = try Self.start(
            ["s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-www"], output: output)
        var found: UInt16?
        // It names its port once it listens; without one it has ended.
        while found == nil {
            let text = (try? folder.read("output")) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix("ACCEPT") && text.contains("\n") }
            found = line?.split(separator: ":").last.flatMap { UInt16($0) }
            var status: Int32 = 0
            guard found != nil || waitpid(process, &status, WNOHANG) == 0 else {
                throw Fault.failed("openssl s_server: \(text)")
            }
            if found == nil { poll(nil, 0, 5) }
        }
        port = found ?? 0
    }

    deinit {
        kill(process, SIGKILL)
        _ = Self.wait(for: process)
    }

    private static func start(_ arguments: [String], output: String) throws -> pid_t {
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/bin:/bin"), nil]
        defer { free(environment[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var pid: pid_t = 0
        guard posix_spawn(&pid, program, &actions, nil, words, environment) == 0 else {
            throw Fault.failed("openssl cannot be started")
        }
        return pid
    }

    private static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 { guard errno == EINTR else { return -1 } }
        return status
    }
}
