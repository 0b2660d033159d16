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

    /// Adds a reply; `window` is that of a compaction which no vendor asked for.
    public func record(_ reply: ModelReply, compacting window: Int? = nil) throws(Fault) {
        try append(Self.mark(window) + [RehearsalLine(reply)])
    }

    /// Adds a failure as often as it was met, so that the replay gives up where the run did.
    public func record(_ failure: ModelFailure, compacting window: Int? = nil) throws(Fault) {
        guard let line = RehearsalLine(failure) else { return }
        try append(Self.mark(window) + Array(repeating: line, count: max(1, failure.attempts)))
    }

    /// The line by which a replay comes to the compaction too, whatever its model's window is.
    private static func mark(_ window: Int?) -> [RehearsalLine] {
        window.map { [RehearsalLine(compacting: $0)] } ?? []
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
