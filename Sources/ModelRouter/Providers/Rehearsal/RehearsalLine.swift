import AgentOSCore

/// One line of a rehearsal's file: a reply to play, or an error; every field optional.
public struct RehearsalLine: Hashable, Sendable, Codable {
    /// A tool that the model wishes to use.
    public struct Call: Hashable, Sendable, Codable {
        /// The tool's name.
        public var name: String
        /// An object; a string where a model sent something that is not JSON.
        public var arguments: JSONValue?

        /// A call.
        public init(name: String, arguments: JSONValue?) {
            self.name = name
            self.arguments = arguments
        }
    }

    /// Token counts, zero where not given.
    public struct Tokens: Hashable, Sendable, Codable {
        /// Prompt tokens at the full rate.
        public var input: Int?
        /// Written tokens.
        public var output: Int?
        /// Prompt tokens out of the cache.
        public var cacheRead: Int?
        /// Prompt tokens into the cache.
        public var cacheWrite: Int?

        var usage: Usage {
            Usage(
                input: max(0, input ?? 0), output: max(0, output ?? 0), cacheRead: max(0, cacheRead ?? 0),
                cacheWrite: max(0, cacheWrite ?? 0))
        }
    }

    /// What the model says.
    public var text: String?
    /// The tools it wishes to use; none means that it says it is done.
    public var toolCalls: [Call]?
    /// What the call is said to have used.
    public var usage: Tokens?
    /// Milliseconds before the first word.
    public var afterMs: Int?
    /// Milliseconds between words.
    public var chunkMs: Int?
    /// A file that the reply waits for until somebody makes it, relative to the folder of the rehearsal.
    var untilFile: String?
    /// The failure to behave as, after the text if there is one.
    public var error: String?
    /// Why the model stopped, where it is neither `stop` nor `tools`.
    public var finish: FinishReason?
    /// The window in tokens that a failure `context` tells.
    public var window: Int?
    /// Whether the engine compacted by itself where this failure `context` stands, without a vendor's refusal.
    public var compaction: Bool?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case text, usage, error, finish, window, compaction
        case toolCalls = "tool_calls"
        case afterMs = "after_ms"
        case chunkMs = "chunk_ms"
        case untilFile = "until_file"
    }

    /// The line that plays this reply again.
    public init(_ reply: ModelReply) {
        text = reply.text.isEmpty ? nil : reply.text
        toolCalls =
            reply.calls.isEmpty ? nil : reply.calls.map { Call(name: $0.name, arguments: $0.arguments) }
        usage = reply.usage.map(Tokens.init)
        finish = reply.finish == .length || reply.finish == .filtered ? reply.finish : nil
    }

    /// The line that fails as this did; nil for what no model did: a refused reserve, a cancelled call.
    public init?(_ failure: ModelFailure) {
        guard let name = RehearsalError.all.first(where: { $0.value == failure.kind })?.key else {
            return nil
        }
        (error, window) = (name, failure.window)
        usage = failure.usage.map(Tokens.init)
    }

    /// The line that stands before the summary of a compaction which no vendor asked for.
    public init(compacting window: Int) { (error, self.window, compaction) = ("context", window, true) }

    /// The line as text, without its newline.
    public func encoded() throws(Fault) -> String {
        do { return try JSONText.string(self) } catch {
            throw .failed("a reply cannot be written as JSON", hint: "run again without --record")
        }
    }

    /// Reads a line; throws what is wrong with it.
    static func read(_ line: some Sequence<UInt8>) throws(Problem) -> RehearsalLine {
        guard let value = try? JSONText.decode(JSONValue.self, from: line), let members = value.object else {
            throw Problem(text: "not a JSON object")
        }
        let known = CodingKeys.allCases.map(\.rawValue)
        if let unknown = members.keys.sorted().first(where: { !known.contains($0) }) {
            throw Problem(
                text:
                    "unknown field \(SafeText(unknown).text); known are \(known.sorted().joined(separator: ", "))"
            )
        }
        let read: RehearsalLine
        do { read = try JSONText.decode(RehearsalLine.self, from: value) } catch {
            throw Problem(
                text: Self.field(of: error).map { "\($0) has the wrong type" } ?? "a field has the wrong type"
            )
        }
        if let error = read.error, RehearsalError.all[error] == nil {
            let names = RehearsalError.all.keys.sorted().joined(separator: ", ")
            throw Problem(text: "unknown error \(SafeText(error).text); known are \(names)")
        }
        return read
    }

    /// What is wrong with a line, without its place.
    struct Problem: Error, Hashable { var text: String }

    private static func field(of error: any Error) -> String? {
        guard let error = error as? DecodingError else { return nil }
        let path: [any CodingKey]
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            path = context.codingPath
        case .keyNotFound(let key, let context): path = context.codingPath + [key]
        @unknown default: return nil
        }
        return path.isEmpty
            ? nil
            : path.reduce(into: "") { text, key in
                text += key.intValue.map { "[\($0)]" } ?? (text.isEmpty ? "" : ".") + key.stringValue
            }
    }
}

extension RehearsalLine.Tokens {
    init(_ usage: Usage) {
        // A line knows four buckets: what is beside them counts where a price without a rate of its own puts it.
        input = usage.input + usage.audioInput + usage.toolPrompt
        output = usage.written
        cacheRead = usage.cacheRead == 0 ? nil : usage.cacheRead
        let written = usage.cacheWrite + usage.cacheWriteHour
        cacheWrite = written == 0 ? nil : written
    }
}

/// The failures that a line can name.
enum RehearsalError {
    static let all: [String: ModelFailure.Kind] = [
        "overloaded": .overloaded, "refused": .unreachable, "timeout": .timeout, "auth": .authentication,
        "rejected": .rejected, "server": .server, "cut": .protocolError,
        "context": .context,
    ]

    static func failure(_ name: String) -> AttemptFailure {
        let kind = all[name] ?? .rehearsal
        let remedy: AttemptFailure.Remedy
        switch kind {
        case .overloaded, .unreachable, .timeout, .server, .protocolError: remedy = .retry
        case .authentication: remedy = .nextModel
        case .context: remedy = .largerWindow
        case .rejected, .budget, .rehearsal, .cancelled: remedy = .none
        }
        return AttemptFailure(
            kind, remedy, "the rehearsal says \(name)", hint: "this failure is part of the rehearsal")
    }
}
