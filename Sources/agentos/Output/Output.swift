import AgentOSCore
import Glibc
import Synchronization
import Terminal

/// Where a command prints: values to stdout, everything else to stderr.
///
/// Nothing raw gets out (INV-8). A reader that has gone ends the program without a word.
struct Output: Sendable {
    /// Whether stdout holds one JSON value.
    let isJSON: Bool
    /// Whether only what was asked for is printed.
    let isQuiet: Bool
    /// Columns to align to; nil where nobody looks, so that nothing is cut.
    let width: Int?
    /// Whether colours may be used.
    let hasColours: Bool

    init(_ options: GlobalOptions, environment: [String: String]) {
        isJSON = options.json
        isQuiet = options.quiet
        let isTerminal = isatty(1) == 1
        var size = winsize()
        let columns = isTerminal && ioctl(1, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_col) : 0
        width =
            isTerminal ? (environment["COLUMNS"].flatMap { Int($0) } ?? (columns > 0 ? columns : 80)) : nil
        hasColours = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// A line for a person: what was done.
    ///
    /// Under `--json` on stderr, under `--quiet` nowhere.
    func tell(_ line: String) {
        guard !isQuiet else { return }
        write(isJSON ? 2 : 1, SafeText(line).text + "\n")
    }

    /// A line beside what was asked for, which must not mix with it: on stderr, under `--quiet` nowhere.
    func note(_ line: String) { if !isQuiet { write(2, SafeText(line).text + "\n") } }

    /// A line of what was asked for.
    func line(_ text: SafeText) { write(1, text.text + "\n") }

    /// A document that was asked for, newlines kept.
    func document(_ raw: String) {
        let text = SafeText.document(raw).text
        write(1, text.isEmpty || text.hasSuffix("\n") ? text : text + "\n")
    }

    /// A text that must not lose a byte on its way into a file; on a terminal it is shown safely.
    func verbatim(_ raw: String) { if width == nil { write(1, raw) } else { document(raw) } }

    /// A frame whose cells are safe already, with the escape sequences of its colours.
    func frame(_ text: String) { write(1, text) }

    /// One JSON value on a line.
    func json(_ value: some Encodable) throws { Self.put(1, try JSONText.printable(value) + [0x0A]) }

    /// One JSON value as a text that was made elsewhere, its newline included.
    func json(text: String) { write(1, text) }

    /// What a command did.
    func reply(_ reply: CommandReply) throws {
        if isJSON {
            var members = reply.value?.object ?? [:]
            if reply.value?.object == nil, let value = reply.value { members["value"] = value }
            if members["message"] == nil { members["message"] = .string(reply.message) }
            try json(JSONValue.object(members))
        } else {
            tell(reply.message)
        }
    }

    /// A question whose answer is typed behind it, on stderr.
    static func prompt(_ text: String) { put(2, Array(SafeText(text).text.utf8)) }

    /// An error: one line on stderr.
    static func complain(_ line: String) {
        put(2, Array("agentos: \(SafeText(shortened(line)).text)\n".utf8))
    }

    /// A line whose longest words, which are paths, are cut in the middle: both ends tell what they are.
    static func shortened(_ line: String) -> String {
        guard line.utf8.count > longestWord else { return line }
        return line.split(separator: " ", omittingEmptySubsequences: false).map { word in
            let end = longestWord / 2
            return word.count > longestWord ? "\(word.prefix(end))…\(word.suffix(end))" : String(word)
        }.joined(separator: " ")
    }

    private static let longestWord = 160

    /// An error as the one object that `--json` promises: `{"error":{"code":3,"message":…,"hint":…}}`.
    ///
    /// Where stdout holds something already, that stays alone.
    static func complain(json error: some Encodable) {
        guard !hasValue.load(ordering: .relaxed) else { return }
        guard let bytes = try? JSONText.printable(["error": error]) else { return }
        put(1, bytes + [0x0A])
    }

    /// Whether something was written to stdout.
    private static let hasValue = Atomic(false)

    private func write(_ descriptor: Int32, _ text: String) { Self.put(descriptor, Array(text.utf8)) }

    private static func put(_ descriptor: Int32, _ bytes: [UInt8]) {
        if descriptor == 1, !bytes.isEmpty { hasValue.store(true, ordering: .relaxed) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&waiting, 1, -1)
                continue
            }
            guard count > 0 else {
                guard descriptor == 1 else { return }
                // Nobody reads: `agentos events | head` is done. What was cut for lack of room is not.
                guard count < 0, [ENOSPC, EDQUOT, EFBIG].contains(errno) else { _exit(0) }
                complain("cannot write the output: \(String(cString: strerror(errno))); see: df")
                _exit(ExitCode.negative.rawValue)
            }
            rest = rest.dropFirst(count)
        }
    }
}
