import Glibc
import Synchronization

/// A real HTTP server on a loopback port that does to each request what a script says, decently or not.
///
/// Every connection has a thread of its own. Answers are taken in order; when they are used up, the last one is
/// repeated. The server ends with the value: open connections are cut.
public final class ScriptedServer: Sendable {
    /// The port on 127.0.0.1.
    public let port: UInt16
    private let core: ScriptedServerCore

    /// Starts a server that gives these answers.
    public convenience init(_ answers: [ScriptedAnswer]) throws {
        let script = ScriptedAnswerQueue(answers)
        try self.init { _ in script.next() }
    }

    /// Starts a server that asks a closure for each answer; it is called on the connection's thread.
    public init(answering answer: @escaping @Sendable (ScriptedRequest) -> ScriptedAnswer) throws {
        let (descriptor, port) = try LoopbackSocket.bound()
        guard listen(descriptor, 64) == 0 else { throw LoopbackSocket.Failure(call: "listen", number: errno) }
        self.port = port
        core = ScriptedServerCore(listener: descriptor, answer: answer)
        core.start()
    }

    deinit { core.stop() }

    /// The base URL, `http://127.0.0.1:PORT`.
    public var url: String { "http://127.0.0.1:\(port)" }

    /// The requests that have come, in order.
    public var requests: [ScriptedRequest] { core.record.withLock { $0.requests } }

    /// How many connections have been accepted.
    public var connections: Int { core.record.withLock { $0.connections } }

    /// One element each time the other side hung up during a stall or a long answer; read by one task.
    public var hangUps: AsyncStream<Void> { core.hangUps }
}

/// A request as the server read it.
public struct ScriptedRequest: Sendable {
    /// The verb; `TLS` for a client that wants a secure connection.
    public let method: String
    /// The path and query.
    public let target: String
    /// Names in lower case.
    public let headers: [String: String]
    /// The body.
    public let body: [UInt8]

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

/// What the server does with one request.
public struct ScriptedAnswer: Sendable {
    /// One move.
    public enum Step: Sendable {
        /// Sends these bytes as they are.
        case send([UInt8])
        /// Sends the same bytes this often, or until the other side hangs up.
        case flood([UInt8], times: Int)
        /// Waits until the gate is opened or the other side hangs up.
        case wait(ScriptedGate)
        /// Says nothing until the other side hangs up.
        case stall
        /// Ends the connection in good order.
        case close
        /// Ends the connection with a reset.
        case reset
    }

    /// The moves, in order; without `close` or `reset` the connection is kept.
    public var steps: [Step]

    /// Moves.
    public init(_ steps: [Step]) { self.steps = steps }

    /// A complete answer with a length.
    public static func reply(
        _ status: Int = 200, _ headers: [String: String] = [:], _ body: String = ""
    ) -> ScriptedAnswer {
        ScriptedAnswer([.send(head(status, headers, "content-length: \(body.utf8.count)") + Array(body.utf8))]
        )
    }

    /// A complete JSON answer.
    public static func json(_ status: Int = 200, _ headers: [String: String] = [:], _ body: String)
        -> ScriptedAnswer
    {
        reply(status, headers.merging(["content-type": "application/json"]) { $1 }, body)
    }

    /// A chunked event stream of these pieces; the steps at the end take the place of the last chunk.
    public static func stream(_ pieces: [String], then ending: [Step]? = nil) -> ScriptedAnswer {
        chunks(pieces.map { Array($0.utf8) }, then: ending)
    }

    /// The same with bytes, which may cut characters.
    public static func chunks(_ pieces: [[UInt8]], then ending: [Step]? = nil) -> ScriptedAnswer {
        let start = Step.send(head(200, ["content-type": "text/event-stream"], "transfer-encoding: chunked"))
        return ScriptedAnswer([start] + pieces.map { .send(chunk($0)) } + (ending ?? [.send(lastChunk)]))
    }

    /// Bytes that are not HTTP, then the end.
    public static func garbage(_ bytes: [UInt8] = Array("\u{1}\u{2}nonsense\r\n\r\n".utf8)) -> ScriptedAnswer
    {
        ScriptedAnswer([.send(bytes), .close])
    }

    /// Never a byte.
    public static var silence: ScriptedAnswer { ScriptedAnswer([.stall]) }

    /// The end without a byte.
    public static var hangUp: ScriptedAnswer { ScriptedAnswer([.close]) }

    /// One event line of this many bytes, sent for ever or until the reader has had enough.
    public static func hugeLine(_ bytes: Int) -> ScriptedAnswer {
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10)
        return chunks(
            [Array("data: ".utf8)],
            then: [
                .flood(chunk(piece), times: bytes / piece.count),
                .send(chunk(Array("\n\n".utf8)) + lastChunk),
            ])
    }

    /// One chunk of a chunked body.
    public static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        Array((String(bytes.count, radix: 16) + "\r\n").utf8) + bytes + Array("\r\n".utf8)
    }

    /// What ends a chunked body.
    public static let lastChunk = Array("0\r\n\r\n".utf8)

    /// The head of an answer, without the blank line's content after it.
    public static func head(_ status: Int, _ headers: [String: String], _ framing: String) -> [UInt8] {
        let lines = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
        return Array("HTTP/1.1 \(status) Scripted\r\n\(lines)\(framing)\r\n\r\n".utf8)
    }
}

/// Holds a server until a test opens it.
public final class ScriptedGate: Sendable {
    private let opened = Mutex(false)
    /// A closed gate.
    public init() {}
    /// Lets everything through from now on.
    public func open() { opened.withLock { $0 = true } }
    var isOpen: Bool { opened.withLock { $0 } }
}

private final class ScriptedAnswerQueue: Sendable {
    private let left: Mutex<[ScriptedAnswer]>
    init(_ answers: [ScriptedAnswer]) { left = Mutex(answers) }

    func next() -> ScriptedAnswer {
        left.withLock { left in
            if left.count > 1 { return left.removeFirst() }
            return left.first ?? .reply(500, [:], "the script is empty")
        }
    }
}
