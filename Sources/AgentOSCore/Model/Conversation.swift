/// A model's wish to use a tool.
public struct ToolCall: Hashable, Sendable, Codable {
    /// The id that the result answers to; unique within the session.
    public var id: String
    /// The tool's name.
    public var name: String
    /// An object; a string where the model sent something that is not JSON.
    public var arguments: JSONValue
    /// What the vendor wants back with the call; nil for most.
    public var carried: CarriedReasoning?

    /// A call of a tool.
    public init(id: String, name: String, arguments: JSONValue, carried: CarriedReasoning? = nil) {
        self.id = id
        self.name = name
        self.arguments = arguments
        self.carried = carried
    }
}

/// Reasoning or a signature of it that a vendor wants back with the call to which it led.
///
/// Read by the wire that made it and by nobody else, and sent to no other model.
public struct CarriedReasoning: Hashable, Sendable, Codable {
    /// The wire, as the kind of provider names it.
    public var wire: String
    /// The model that made it.
    public var model: String
    /// What is sent back, in the wire's own form.
    public var content: JSONValue

    /// What a wire wants back.
    public init(wire: String, model: String, content: JSONValue) {
        self.wire = wire
        self.model = model
        self.content = content
    }
}

/// One entry of the conversation that a model is given.
public enum Message: Hashable, Sendable, Codable {
    /// What a person, or the engine on a person's behalf, says.
    case user(String)
    /// What the model said, and the tools it wished to use.
    case assistant(text: String, calls: [ToolCall])
    /// What a tool answered to the call with this id.
    case tool(callId: String, text: String, isError: Bool)
}

/// A tool as a model is told of it.
public struct ToolSpec: Hashable, Sendable, Codable {
    /// `[a-z][a-z0-9_.-]*`.
    public var name: String
    /// What it does and when to use it, for the model.
    public var description: String
    /// A JSON schema of the arguments object.
    public var parameters: JSONValue

    /// A tool's description.
    public init(name: String, description: String, parameters: JSONValue) {
        self.name = name
        self.description = description
        self.parameters = parameters
    }
}

/// What a call of a tool can do to the world (INV-4 decides recovery by it).
public enum EffectClass: String, Hashable, Sendable, Codable {
    /// Changes nothing: run again after a crash.
    case read
    /// Changes only the session's own workspace, behind an enforced sandbox: undone and run again.
    case confined
    /// Could reach outside: after a crash its outcome is unknown, and it is never repeated blindly.
    case outside
}

/// What a tool answered.
public struct ToolResult: Hashable, Sendable, Codable {
    /// What the model is given.
    public var text: String
    /// Whether it is a refusal or failure.
    public var isError: Bool
    /// The exit status of a process, if one ran to its end.
    public var exitStatus: Int?
    /// How many bytes the tool wrote, which may be more than was kept.
    public var totalBytes: Int64?
    /// Wall time.
    public var milliseconds: Int64
    /// The sandbox layer that was enforced, as `doctor` names it; nil for tools that run in the engine.
    public var layer: String?

    /// A tool's answer.
    public init(
        text: String, isError: Bool = false, exitStatus: Int? = nil, totalBytes: Int64? = nil,
        milliseconds: Int64 = 0,
        layer: String? = nil
    ) {
        self.text = text
        self.isError = isError
        self.exitStatus = exitStatus
        self.totalBytes = totalBytes
        self.milliseconds = milliseconds
        self.layer = layer
    }
}

/// A model of a provider, written `provider/model`.
public struct ModelReference: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The provider's name in config.yaml.
    public var provider: String
    /// The model as the provider names it; may contain slashes.
    public var model: String

    /// A model of a provider.
    public init(provider: String, model: String) {
        self.provider = provider
        self.model = model
    }

    /// Reads `provider/model`; nil without a slash or with an empty part.
    public init?(_ text: String) {
        guard let slash = text.firstIndex(of: "/"), slash != text.startIndex,
            text.index(after: slash) != text.endIndex
        else { return nil }
        self.init(provider: String(text[..<slash]), model: String(text[text.index(after: slash)...]))
    }

    /// `provider/model`.
    public var description: String { "\(provider)/\(model)" }
}

/// What a model is asked.
public struct ModelRequest: Hashable, Sendable, Codable {
    /// Instructions that stand before the conversation.
    public var system: String
    /// The conversation; every call in it has its result.
    public var messages: [Message]
    /// The tools it may use, in a stable order.
    public var tools: [ToolSpec]
    /// The most it may write, if limited.
    public var maxOutputTokens: Int?

    /// Whether it asks for the summary of a compaction; nil for a turn.
    public var isCompaction: Bool?

    /// A request.
    public init(
        system: String, messages: [Message], tools: [ToolSpec], maxOutputTokens: Int? = nil,
        isCompaction: Bool? = nil
    ) {
        self.isCompaction = isCompaction
        self.system = system
        self.messages = messages
        self.tools = tools
        self.maxOutputTokens = maxOutputTokens
    }
}

/// Why a model stopped.
public enum FinishReason: String, Hashable, Sendable, Codable {
    /// It said all it wanted.
    case stop
    /// It wishes to use tools.
    case tools
    /// It ran into its output limit.
    case length
    /// The vendor filtered it.
    case filtered
}

/// What a model answered.
public struct ModelReply: Hashable, Sendable, Codable {
    /// The text, possibly empty.
    public var text: String
    /// The tools it wishes to use, in order.
    public var calls: [ToolCall]
    /// What the vendor counted; nil if it did not say.
    public var usage: Usage?
    /// Why it stopped.
    public var finish: FinishReason
    /// Who answered.
    public var model: ModelReference
    /// How many requests were sent until this one was answered, from 1.
    public var attempts: Int
    /// From the request to the last byte.
    public var milliseconds: Int64
    /// Whether it was played from a file; nil for an answer of a model.
    public var isRehearsal: Bool?
    /// Why this model: what was tried or passed over before it; nil where the route's first answered at once.
    public var tried: [TriedModel]?

    /// A reply.
    public init(
        text: String, calls: [ToolCall], usage: Usage?, finish: FinishReason, model: ModelReference,
        attempts: Int = 1,
        milliseconds: Int64 = 0, isRehearsal: Bool? = nil, tried: [TriedModel]? = nil
    ) {
        self.tried = tried
        self.text = text
        self.calls = calls
        self.usage = usage
        self.finish = finish
        self.model = model
        self.attempts = attempts
        self.milliseconds = milliseconds
        self.isRehearsal = isRehearsal
    }
}

/// A call of a model that has failed for good, after what could be retried was.
public struct ModelFailure: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// What kind of failure, for rules that decide by it.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// Nothing answered: refused, unreachable, no such host.
        case unreachable
        /// It did not answer in time.
        case timeout
        /// Too many requests, or overloaded.
        case overloaded
        /// The key was refused.
        case authentication
        /// The vendor refuses the request as it is.
        case rejected
        /// The request is longer than the model's window.
        case context
        /// The vendor failed (5xx).
        case server
        /// What it sent cannot be read, or ended half way.
        case protocolError
        /// A reserve was refused: budget.
        case budget
        /// The rehearsal has no further line, or a line is wrong.
        case rehearsal
        /// The caller cancelled.
        case cancelled
    }

    /// The kind.
    public var kind: Kind
    /// One line: who, what, what next; without secrets.
    public var message: String
    /// Tokens the vendor had already counted when it failed.
    public var usage: Usage?
    /// How many requests were sent.
    public var attempts: Int
    /// Whether the vendor may charge for it: it had begun to answer, or was at work when nobody waited any more.
    public var mayBeCharged: Bool?
    /// Whether the same call may be made again with money of its own.
    public var isWorthAnother: Bool?
    /// The model's window in tokens, where a refused request told it.
    public var window: Int?
    /// What was tried or passed over; nil where one model was asked once.
    public var tried: [TriedModel]?

    /// A failure.
    public init(
        kind: Kind, message: String, usage: Usage? = nil, attempts: Int = 1, mayBeCharged: Bool? = nil,
        isWorthAnother: Bool? = nil, window: Int? = nil, tried: [TriedModel]? = nil
    ) {
        self.tried = tried
        self.window = window
        self.mayBeCharged = mayBeCharged
        self.isWorthAnother = isWorthAnother
        self.kind = kind
        self.message = message
        self.usage = usage
        self.attempts = attempts
    }

    /// The message.
    public var description: String { message }

    /// Whether a vendor may have charged for what came of it, so that what was held stands for what nobody knows.
    public var mayHaveCost: Bool { attempts > 0 && (mayBeCharged == true || usage != nil) }
}

/// What happens while a model answers.
///
/// Shown, not logged: these may be dropped.
public enum ModelStreamEvent: Hashable, Sendable {
    /// A request went out.
    case attempt(ModelReference, number: Int)
    /// A request failed and another will follow after this long.
    case retrying(reason: String, afterMilliseconds: Int64)
    /// More text.
    case text(String)
    /// A tool call has begun to arrive.
    case call(name: String)
}
