import AgentOSCore
import HTTPTransport

/// What a vendor says is left of its limits, and when it is whole again.
struct RateRoom: Sendable, Hashable {
    /// One of its limits.
    struct Part: Sendable, Hashable {
        var left: Int
        var wholeAt: Timestamp
    }

    var requests: Part?
    var tokens: [Part] = []

    /// Nothing is known.
    init() {}

    /// Reads the headers of Anthropic, OpenAI and those like them; nil where an answer has none.
    init?(_ head: HTTPResponseHead, now: Timestamp) {
        for prefix in ["anthropic-ratelimit-", "x-ratelimit-"] {
            func part(_ name: String) -> Part? {
                let (left, reset) =
                    prefix == "x-ratelimit-"
                    ? ("remaining-\(name)", "reset-\(name)") : ("\(name)-remaining", "\(name)-reset")
                guard let left = head[prefix + left].flatMap({ Int($0) }),
                    let at = head[prefix + reset].flatMap({ Self.moment($0, now: now) })
                else { return nil }
                return Part(left: left, wholeAt: at)
            }
            requests = requests ?? part("requests")
            tokens += ["tokens", "input-tokens"].compactMap(part)
        }
        guard requests != nil || !tokens.isEmpty else { return nil }
    }

    /// When a request of about so many tokens may go, as far as this tells; nil for now.
    func opens(for need: Int) -> Timestamp? {
        let full =
            (requests.map { $0.left < 1 ? [$0.wholeAt] : [] } ?? [])
            + tokens.filter { $0.left < need }.map(\.wholeAt)
        return full.max()
    }

    /// A request of about so many tokens goes out.
    mutating func take(_ tokens: Int) {
        requests?.left -= 1
        for index in self.tokens.indices { self.tokens[index].left -= tokens }
    }

    /// Reads an RFC 3339 moment, or a length of time as `6m0s`, `1.2s`, `20ms`.
    static func moment(_ text: String, now: Timestamp) -> Timestamp? {
        if text.contains("T"), let moment = Timestamp(text) { return moment }
        return RetryPolicy.duration(text).map { now.adding(milliseconds: $0) }
    }
}
