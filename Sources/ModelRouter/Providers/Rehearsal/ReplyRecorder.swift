import AgentOSCore
import FoundationEssentials
import Glibc

/// Writes a rehearsal's file while a real run goes on: one line a reply, in order (`--record OUT`).
public struct ReplyRecorder: Sendable {
    private let path: String

    /// Begins a new file; refuses one that holds something, since recordings do not mix.
    public init(path: String) throws(Fault) {
        self.path = path
        if FileManager.default.contents(atPath: path)?.isEmpty == true { return }
        do { try Data().write(to: URL(filePath: path), options: .withoutOverwriting) } catch {
            throw FileManager.default.fileExists(atPath: path)
                ? .refused("\(path) exists already", hint: "name another file for --record")
                : .usage(
                    "\(path) cannot be written", hint: "name a file in a folder that is yours for --record")
        }
    }

    /// Goes on with a recording that an earlier run of the host began.
    public init(continuing path: String) { self.path = path }

    /// Adds a reply.
    public func record(_ reply: ModelReply) throws(Fault) { try append([RehearsalLine(reply)]) }

    /// Adds a failure as often as it was met, so that the replay gives up where the run did.
    public func record(_ failure: ModelFailure) throws(Fault) {
        guard let line = RehearsalLine(failure) else { return }
        try append(Array(repeating: line, count: max(1, failure.attempts)))
    }

    private func append(_ lines: [RehearsalLine]) throws(Fault) {
        var text = ""
        for line in lines { text += try line.encoded() + "\n" }
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw full }
        defer { close(file) }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw full }
            bytes = bytes.dropFirst(count)
        }
    }

    private var full: Fault {
        .failed("the recording \(path) cannot be written", hint: "free space and record again")
    }
}
