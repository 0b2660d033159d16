import AgentOSCore
import Glibc
import Subprocess

/// Runs git in the user's repository, or in one of our own; never in a folder that an agent can write.
struct Git: Sendable {
    /// What a run gave.
    struct Output: Sendable {
        var status: Int32
        var bytes: [UInt8]
        var message: String

        /// The output without the newline at its end.
        var line: String {
            String(decoding: bytes.last == 0x0A ? bytes.dropLast() : bytes[...], as: UTF8.self)
        }
    }

    /// The environment of the person for whom it runs: identity and configuration come from there.
    let environment: [String: String]

    /// What of the person's environment reaches git; nothing that could redirect it to another repository.
    private static let inherited: Set<String> = [
        "HOME", "PATH", "USER", "LOGNAME", "XDG_CONFIG_HOME", "EMAIL", "TMPDIR", "GIT_AUTHOR_NAME",
        "GIT_AUTHOR_EMAIL",
        "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_EXEC_PATH",
    ]
    private static let fixed = [
        "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_NO_REPLACE_OBJECTS": "1", "GIT_NO_LAZY_FETCH": "1", "GIT_ADVICE": "0",
    ]
    /// No hook, no monitor, no background work, whatever the repository's configuration says.
    private static let settings = [
        "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.untrackedCache=false", "gc.auto=0",
        "maintenance.auto=false",
        "core.safecrlf=false", "core.quotePath=false", "advice.detachedHead=false", "protocol.allow=never",
        "protocol.file.allow=always", "submodule.recurse=false", "commit.gpgSign=false",
    ]

    /// Runs a command in a folder; `with` adds to the environment.
    func run(
        in folder: String, _ arguments: [[UInt8]], input: [UInt8] = [], with extra: [String: String] = [:],
        limit: Int = 1 << 30
    ) async throws -> Output {
        var values: [String: String] = Self.fixed
        for (name, value) in environment where Self.inherited.contains(name) { values[name] = value }
        if values["PATH"] == nil { values["PATH"] = "/usr/local/bin:/usr/bin:/bin" }
        values.merge(extra) { $1 }
        var custom: [Environment.Key: String] = [:]
        for (name, value) in values { if let key = Environment.Key(rawValue: name) { custom[key] = value } }
        let options = ["--no-optional-locks", "-C", folder] + Self.settings.flatMap { ["-c", $0] }
        let all = (options.map { Array($0.utf8) } + arguments).map { $0 + [0] }
        do {
            let result = try await Subprocess.run(
                .name("git"), arguments: Arguments(all), environment: .custom(custom), input: .array(input),
                output: .bytes(limit: limit), error: .string(limit: 1 << 20))
            let status: Int32
            switch result.terminationStatus {
            case .exited(let code): status = code
            case .signaled(let signal): status = 128 + signal
            }
            return Output(status: status, bytes: result.standardOutput, message: result.standardError)
        } catch let error as SubprocessError {
            throw Fault.failed("git did not run: \(error)", hint: "install git and put it in PATH")
        }
    }

    /// Runs a command and returns its output; anything but exit 0 is a fault that quotes git.
    @discardableResult
    func check(
        in folder: String, _ arguments: [String], input: [UInt8] = [], with extra: [String: String] = [:]
    ) async throws -> Output {
        let output = try await run(in: folder, arguments.map { Array($0.utf8) }, input: input, with: extra)
        guard output.status == 0 else { throw Self.fault(arguments.first ?? "", folder, output) }
        return output
    }

    /// What a command answers, or nil when git says that there is none.
    func ask(in folder: String, _ arguments: [String]) async throws -> String? {
        let output = try await run(in: folder, arguments.map { Array($0.utf8) })
        return output.status == 0 ? output.line : nil
    }

    static func fault(_ command: String, _ folder: String, _ output: Output) -> Fault {
        let lines = output.message.split(separator: "\n").map(String.init)
        let said =
            lines.first { $0.hasPrefix("fatal:") || $0.hasPrefix("error:") } ?? lines.first ?? "no message"
        let hint =
            said.contains("dubious ownership")
            ? "run: git config --global --add safe.directory \(folder)"
            : said.contains("identity") || output.message.contains("Please tell me who you are")
                ? "run: git config --global user.name NAME and user.email ADDRESS"
                : "check the repository with git status"
        return Fault.failed("git \(command) in \(folder): \(said)", hint: hint)
    }
}
