import AgentOSCore

/// What a vendor's server does with one request, decently or not.
public enum VendorAct: Sendable {
    /// Says `Hello`.
    case hello
    /// Wants a tool; the arguments are JSON text of an object.
    case call(String, String, VendorWire.CallForm = .usual)
    /// Says `Hel` and ends for this reason.
    case end(VendorWire.End)
    /// Refuses with a status, which is the vendor's own for the trouble unless another is told.
    case status(Int? = nil, VendorTrouble, [String: String] = [:])
    /// Begins, says so many words, then tells of trouble in the stream.
    case trouble(VendorTrouble, afterWords: Int = 0)
    /// Tells of trouble in a JSON body of status 200.
    case troubleInBody(VendorTrouble)
    /// Says so many words, then breaks off: in the middle of JSON, of a character, or of the end of a line.
    case cut(Cut, afterWords: Int = 0)
    /// Says so many words, then nothing more.
    case stall(afterWords: Int = 0)
    /// Says its opening twice.
    case openingTwice
    /// Sends pieces without content between the words.
    case emptyPieces
    /// Sends events, blocks and fields that nobody knows between the words.
    case unknownPieces
    /// Sends one line of two mebibytes.
    case hugeFrame
    /// Says `Hello`, and that it is something else than a stream.
    case mislabelled(String)
    /// Sends a page under status 200.
    case page
    /// Sends what says that it is compressed, without end.
    case compressed
    /// Sends to another address.
    case redirect(String)
    /// Hangs up without a word.
    case hangUp

    /// Where an answer breaks off.
    public enum Cut: Sendable {
        /// Within JSON.
        case json
        /// Between two bytes of a character.
        case character
        /// Between CR and LF.
        case lineEnd
    }
}

extension VendorWire {
    /// A server of this wire that does these things in turn; the last is repeated.
    public func server(_ acts: [VendorAct]) throws -> ScriptedServer {
        try ScriptedServer(acts.map(answer))
    }

    /// What an act is on the wire.
    public func answer(_ act: VendorAct) -> ScriptedAnswer {
        let hello = ["Hel", "lo"]
        func words(_ count: Int) -> [String] { opening + (count > 0 ? text(Array(hello.prefix(count))) : []) }
        switch act {
        case .hello: return .stream(opening + text(hello) + ending(.stop))
        case .call(let name, let arguments, let form):
            return .stream(opening + call(name, arguments, form: form) + ending(.tools))
        case .end(.refusal): return .stream(opening + ending(.refusal))
        case .end(let end): return .stream(words(1) + ending(end))
        case .status(let status, let trouble, let headers):
            return .json(status ?? self.status(trouble), headers, error(trouble))
        case .trouble(let trouble, let count): return .stream(words(count) + [errorPiece(trouble)])
        case .troubleInBody(let trouble):
            return .json(200, [:], self == .mistral ? "{\"error\":\(error(trouble))}" : error(trouble))
        case .cut(let cut, let count): return broken(cut, after: words(count))
        case .stall(let count): return .stream(words(count), then: [.stall])
        case .openingTwice: return .stream(opening + opening + text(hello) + ending(.stop))
        case .emptyPieces: return .stream(between(emptyPieces))
        case .unknownPieces: return .stream(between(unknownPieces))
        case .hugeFrame: return .hugeLine(2 << 20)
        case .mislabelled(let type):
            let pieces = opening + text(hello) + ending(.stop)
            return .reply(200, ["content-type": type], pieces.joined())
        case .page: return .reply(200, ["content-type": "text/html"], "<html><body>Sign in</body></html>")
        case .compressed: return compressed
        case .redirect(let url): return .reply(307, ["location": url])
        case .hangUp: return .hangUp
        }
    }

    private func between(_ pieces: [String]) -> [String] {
        opening + pieces + text(["Hel", "lo"]) + pieces + ending(.stop)
    }

    private func broken(_ cut: VendorAct.Cut, after pieces: [String]) -> ScriptedAnswer {
        let next = Array((text(["\u{e4}"]).dropFirst(self == .anthropic ? 1 : 0).first ?? "").utf8)
        let middle = next.firstIndex(of: 0xC3) ?? next.count / 2
        let rest: [UInt8] =
            switch cut {
            case .json: Array(next.prefix(next.count / 2))
            case .character: Array(next[...middle])
            // Half of the first of the two line ends that finish the event.
            case .lineEnd: Array(next.dropLast(2)) + [0x0D]
            }
        return .chunks(pieces.map { Array($0.utf8) } + [rest], then: [.close])
    }

    private var emptyPieces: [String] {
        switch self {
        case .anthropic:
            ["event: ping\n" + Self.data(#"{"type":"ping"}"#), Self.data(#"{"type":"content_block_delta"}"#)]
        case .google:
            [
                Self.data(#"{"candidates":[]}"#), Self.data("{}"),
                Self.data(#"{"candidates":[{"content":{"role":"model"}}]}"#),
            ]
        case .openai, .mistral, .custom:
            [
                Self.data(#"{"choices":[]}"#), Self.data(#"{"choices":null}"#),
                Self.data(#"{"choices":[{"index":0,"delta":{}}]}"#), ": comment\n\n",
            ]
        }
    }

    private var unknownPieces: [String] {
        switch self {
        case .anthropic:
            [
                "event: message_weather\n" + Self.data(#"{"type":"message_weather","sky":["blue"]}"#),
                Self.data(
                    #"{"type":"content_block_start","index":7,"content_block":{"type":"hologram","text":{"x":1}}}"#
                ),
                Self.data(
                    #"{"type":"content_block_delta","index":7,"delta":{"type":"hologram_delta","text":[1]}}"#),
                Self.data(#"{"type":"content_block_stop","index":7}"#),
            ]
        case .google:
            [
                Self.data(
                    #"{"candidates":[{"content":{"role":"model","parts":[{"hologram":{"x":1}}]},"weather":1}],"sky":2}"#
                )
            ]
        case .openai, .mistral, .custom:
            [
                Self.data(#"{"object":"weather","sky":["blue"]}"#),
                Self.data(#"{"choices":[{"index":0,"delta":{"hologram":{"x":1}},"weather":1}],"sky":2}"#),
            ]
        }
    }

    /// The beginning of a gzip file, then zeros for as long as anybody reads.
    private var compressed: ScriptedAnswer {
        let head = ScriptedAnswer.head(
            200, ["content-type": "text/event-stream", "content-encoding": "gzip"], "connection: close")
        return ScriptedAnswer([
            .send(head + [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]),
            .flood([UInt8](repeating: 0, count: 64 << 10), times: 4096), .close,
        ])
    }
}
