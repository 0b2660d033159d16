import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport

/// The built program as a child process.
///
/// Everything here blocks: use it inside `onThread`.
final class ChildProgram {
    /// How it ended and what it said.
    struct Ended {
        var code: Int32
        var out: String
        var err: String

        /// stdout as JSON.
        var json: JSONValue? { try? JSONText.decode(JSONValue.self, from: out) }
        /// stdout's lines as JSON.
        var lines: [JSONValue] {
            out.split(separator: "\n").compactMap { try? JSONText.decode(JSONValue.self, from: String($0)) }
        }
    }

    /// The program, which is built beside the tests.
    static let path: String = {
        let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = runner.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/agentos"
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? ""
        return bundle.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/agentos"
    }()

    let pid: pid_t
    private let input: Int32
    private let output: Int32
    private let errors: Int32
    private var outBytes: [UInt8] = []
    private var errBytes: [UInt8] = []
    private var code: Int32?

    /// Starts it with a clean environment in which `folder` is the user's.
    init(
        _ arguments: [String], folder: TemporaryFolder, environment: [String: String] = [:],
        program: [String] = [ChildProgram.path]
    ) throws {
        var ends = [Int32](repeating: -1, count: 6)
        for index in 0..<3 where pipe(&ends[index * 2]) != 0 { throw Fault.failed("no pipe: errno \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (index, end) in [ends[0], ends[3], ends[5]].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, end, Int32(index))
        }
        let standard = [
            "HOME": folder.path, "PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "LANG": "C.UTF-8",
            "TZ": "UTC",
            "AGENTOS_HOME": folder.path + "/home", "AGENTOS_CONFIG": folder.path + "/config.yaml",
        ]
        if !FileManager.default.fileExists(atPath: folder.path + "/config.yaml") {
            try folder.write("config.yaml", "")
        }
        // A query makes no home, so there is one.
        mkdir(folder.path + "/home", 0o700)
        var argv: [UnsafeMutablePointer<CChar>?] =
            (["sh", "-c", #"cd "$1" && shift && exec "$@""#, "sh", folder.path] + program + arguments).map {
                strdup($0)
            } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] =
            standard.merging(environment) { $1 }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, "/bin/sh", &actions, nil, &argv, &envp)
        for end in [ends[0], ends[3], ends[5]] { close(end) }
        guard result == 0 else { throw Fault.failed("cannot start \(Self.path): errno \(result)") }
        (self.pid, input, output, errors) = (pid, ends[1], ends[2], ends[4])
        Glibc.signal(SIGPIPE, SIG_IGN)
    }

    /// Runs it to its end.
    static func run(
        _ arguments: [String], folder: TemporaryFolder, environment: [String: String] = [:],
        program: [String] = [ChildProgram.path]
    ) throws -> Ended {
        let child = try ChildProgram(arguments, folder: folder, environment: environment, program: program)
        child.closeInput()
        return try child.end()
    }

    func send(_ line: String) {
        send(bytes: Array((line + "\n").utf8))
    }

    func send(bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
    }

    func closeInput() { close(input) }
    func closeOutput() { close(output) }
    func signal(_ number: Int32) { kill(pid, number) }

    /// The next line of stdout that is as wanted, as JSON; lines before it are passed over.
    func line(_ what: String, where wanted: (JSONValue) -> Bool) throws -> JSONValue {
        let deadline = ContinuousClock.now.advanced(by: .seconds(240))
        while true {
            while let end = outBytes.firstIndex(of: 0x0A) {
                let line = Array(outBytes[..<end])
                outBytes.removeSubrange(...end)
                if let value = try? JSONText.decode(JSONValue.self, from: line), wanted(value) {
                    return value
                }
            }
            guard read(until: deadline, errorsToo: true) else {
                throw Fault.failed(
                    "no line with \(what); stderr: \(String(decoding: errBytes, as: UTF8.self))")
            }
        }
    }

    /// Waits until stderr holds a text.
    func waitForError(_ text: String) throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(240))
        while !String(decoding: errBytes, as: UTF8.self).contains(text) {
            guard read(until: deadline, errorsToo: true) else {
                throw Fault.failed("stderr never said \(text): \(String(decoding: errBytes, as: UTF8.self))")
            }
        }
    }

    /// Waits until stdout holds a text.
    func waitForOutput(_ text: String) throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(240))
        while !String(decoding: outBytes, as: UTF8.self).contains(text) {
            guard read(until: deadline, errorsToo: true) else {
                throw Fault.failed("stdout never said \(text): \(String(decoding: outBytes, as: UTF8.self))")
            }
        }
    }

    /// Waits for its end; kills it when that does not come.
    func end() throws -> Ended {
        let deadline = ContinuousClock.now.advanced(by: .seconds(240))
        while read(until: deadline, errorsToo: true) {}
        var status: Int32 = 0
        if ContinuousClock.now >= deadline { kill(pid, SIGKILL) }
        waitpid(pid, &status, 0)
        code = status & 0x7F != 0 ? -(status & 0x7F) : status >> 8 & 0xFF
        return Ended(
            code: code ?? -1, out: String(decoding: outBytes, as: UTF8.self),
            err: String(decoding: errBytes, as: UTF8.self))
    }

    /// Reads what there is; false at the end of both streams or at the deadline.
    private func read(until deadline: ContinuousClock.Instant, errorsToo: Bool) -> Bool {
        var polled = [
            pollfd(fd: isOutOpen ? output : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: isErrOpen ? errors : -1, events: Int16(POLLIN), revents: 0),
        ]
        guard isOutOpen || isErrOpen, ContinuousClock.now < deadline else { return false }
        poll(&polled, 2, 1000)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        if polled[0].revents != 0 {
            let count = Glibc.read(output, &buffer, buffer.count)
            if count > 0 { outBytes += buffer[..<count] } else { isOutOpen = false }
        }
        if polled[1].revents != 0 {
            let count = Glibc.read(errors, &buffer, buffer.count)
            if count > 0 { errBytes += buffer[..<count] } else { isErrOpen = false }
        }
        return true
    }

    private var isOutOpen = true
    private var isErrOpen = true

    deinit {
        if code == nil {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
    }
}

/// Runs a body that blocks on a thread of its own.
func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let box = Unmanaged.passRetained(Work { continuation.resume(with: Result { try body() }) })
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }
}

private final class Work {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
}
