import AgentOSCore
import CSandbox
import Glibc
import Synchronization

/// The pipe by which the confining process knows that we live, and is told to stop.
///
/// Its read end stays open here too, so that a word to a process that has just ended raises no signal.
final class Lifeline: Sendable {
    private let ends: Mutex<(read: Int32, write: Int32)?>

    init() throws(Fault) {
        var ends: [Int32] = [-1, -1]
        guard csandbox_pipe(&ends) == 0 else { throw .failed("no descriptors left to run a command") }
        self.ends = Mutex((ends[0], ends[1]))
    }

    var readEnd: Int32 { ends.withLock { $0?.read ?? -1 } }

    /// Asks the command to end; may be called at any time.
    func cancel() {
        ends.withLock { ends in
            guard let ends else { return }
            var word = UInt8(ascii: "c")
            _ = write(ends.write, &word, 1)
        }
    }

    func finish() {
        ends.withLock { value in
            guard let open = value else { return }
            close(open.read)
            close(open.write)
            value = nil
        }
    }

    deinit { finish() }
}

/// One run of the confining program.
struct ConfiningProcess: Sendable {
    let path: String
    let arguments: [String]
    let lifeline: Lifeline
    let lock: Int32?
    /// Variables of its own environment, beside its path.
    var environment: [String: String] = [:]
    /// The standard input and output of the command.
    var talk: (input: Int32, output: Int32)?
    /// Called once it has been started, or could not be.
    var onStart: @Sendable () -> Void = {}

    /// Starts it, hands on what it says while it runs, and returns its exit code; blocks.
    func run(_ onOutput: (ArraySlice<UInt8>) -> Void) throws -> Int32 {
        var live: [Int32] = [-1, -1]
        guard csandbox_pipe(&live) == 0 else { throw Fault.failed("no descriptors left to run a command") }
        defer { close(live[0]) }
        var descriptors: [Int32] = [lifeline.readEnd, live[1], -1]
        if let lock { descriptors.append(lock) }
        if let talk { descriptors = Array(descriptors.prefix(3)) + [lock ?? -1, talk.input, talk.output] }
        let variables = ["PATH=/usr/bin:/bin"] + environment.map { "\($0.key)=\($0.value)" }
        var pid: pid_t = 0
        let error = withCStrings([path] + arguments) { argv in
            withCStrings(variables) { envp in
                csandbox_spawn(path, argv, envp, descriptors, Int32(descriptors.count), &pid)
            }
        }
        close(live[1])
        onStart()
        guard error == 0 else {
            throw Fault.failed("cannot start \(path): \(String(cString: strerror(error)))")
        }
        var buffer = [UInt8](repeating: 0, count: 32_768)
        while true {
            let count = read(live[0], &buffer, buffer.count)
            if count > 0 { onOutput(buffer[..<count]) }
            if count == 0 || (count < 0 && errno != EINTR) { break }
        }
        return csandbox_wait(pid)
    }
}

/// A NULL-terminated array of C strings for the length of a call.
func withCStrings<Value>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value) -> Value {
    let copies = strings.map { strdup($0) } + [nil]
    defer { copies.forEach { free($0) } }
    return body(copies)
}

/// Descriptors that a child is given, closed here once.
final class TalkEnds: Sendable {
    private let ends: Mutex<[Int32]>

    init(_ ends: [Int32]) { self.ends = Mutex(ends) }

    @Sendable func close() {
        ends.withLock { ends in
            for end in ends where end >= 0 { _ = Glibc.close(end) }
            ends = []
        }
    }
}
