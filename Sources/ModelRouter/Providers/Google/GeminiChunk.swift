import AgentOSCore
import HTTPTransport

/// One piece of a streamed answer, which has the shape of a whole one.
struct GeminiChunk: Decodable {
    struct Candidate: Decodable {
        var content: Content?
        var finishReason: String?

        enum Keys: String, CodingKey { case content, finishReason }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Keys.self)
            content = fields.ifReadable(Content.self, .content)
            finishReason = fields.ifReadable(String.self, .finishReason)
        }
    }

    struct Content: Decodable {
        var parts: [Part]?
    }

    struct Part: Decodable {
        struct Call: Decodable {
            var id: String?
            var name: String?
            var args: JSONValue?
        }
        var text: String?
        var isThought: Bool?
        var signature: String?
        var call: Call?

        enum Keys: String, CodingKey {
            case text
            case isThought = "thought"
            case signature = "thoughtSignature"
            case call = "functionCall"
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Keys.self)
            text = fields.ifReadable(String.self, .text)
            isThought = fields.ifReadable(Bool.self, .isThought)
            signature = fields.ifReadable(String.self, .signature)
            call = fields.ifReadable(Call.self, .call)
        }
    }

    struct Feedback: Decodable {
        var blockReason: String?
    }

    var candidates: [Candidate]?
    var feedback: Feedback?
    var usage: GeminiUsage?
    var error: JSONValue?

    enum Keys: String, CodingKey {
        case candidates, error
        case feedback = "promptFeedback"
        case usage = "usageMetadata"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Keys.self)
        candidates = fields.ifReadable([Candidate].self, .candidates)
        feedback = fields.ifReadable(Feedback.self, .feedback)
        usage = fields.ifReadable(GeminiUsage.self, .usage)
        error = fields.ifReadable(JSONValue.self, .error)
    }
}

/// What Google counts: cached tokens are inside the prompt's; thoughts and tool prompts beside the others.
struct GeminiUsage: Decodable {
    struct Modality: Decodable {
        var modality: String?
        var tokenCount: Int?
    }

    var prompt: Int?
    var cached: Int?
    var candidates: Int?
    var thoughts: Int?
    var toolPrompt: Int?
    var total: Int?
    var promptParts: [Modality]?
    var answerParts: [Modality]?

    enum Keys: String, CodingKey {
        case prompt = "promptTokenCount"
        case cached = "cachedContentTokenCount"
        case candidates = "candidatesTokenCount"
        case thoughts = "thoughtsTokenCount"
        case toolPrompt = "toolUsePromptTokenCount"
        case total = "totalTokenCount"
        case promptParts = "promptTokensDetails"
        case answerParts = "candidatesTokensDetails"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Keys.self)
        prompt = fields.ifReadable(Int.self, .prompt)
        cached = fields.ifReadable(Int.self, .cached)
        candidates = fields.ifReadable(Int.self, .candidates)
        thoughts = fields.ifReadable(Int.self, .thoughts)
        toolPrompt = fields.ifReadable(Int.self, .toolPrompt)
        total = fields.ifReadable(Int.self, .total)
        promptParts = fields.ifReadable([Modality].self, .promptParts)
        answerParts = fields.ifReadable([Modality].self, .answerParts)
    }

    /// The same in buckets that do not overlap; nil where a count cannot be one.
    var buckets: Usage? {
        let (soundIn, soundOut) = (Self.sound(promptParts), Self.sound(answerParts))
        guard
            TokenCount.arePossible([prompt, cached, candidates, thoughts, toolPrompt, soundIn, soundOut]),
            prompt != nil || total != nil
        else { return nil }
        let read = min(cached ?? 0, prompt ?? 0)
        let audioInput = min(soundIn, (prompt ?? 0) - read)
        let audioOutput = min(soundOut, candidates ?? 0)
        return Usage(
            input: (prompt ?? 0) - read - audioInput, output: (candidates ?? 0) - audioOutput,
            cacheRead: read, reasoning: thoughts ?? 0, audioInput: audioInput, audioOutput: audioOutput,
            toolPrompt: toolPrompt ?? 0)
    }

    private static func sound(_ parts: [Modality]?) -> Int {
        parts?.first { $0.modality == "AUDIO" }?.tokenCount ?? 0
    }
}

/// `{code, message, status, details[]}`, as Google's services send errors.
enum GeminiError {
    /// Reads the body of an error: the error, or a list that holds it.
    static func read(_ body: [UInt8]) -> VendorError {
        guard let value = try? JSONText.decode(JSONValue.self, from: body),
            let error = value["error"] ?? value.array?.first?["error"]
        else { return ChatError.read(body) }
        return vendor(error)
    }

    /// The same as the failure table reads it.
    static func vendor(_ error: JSONValue) -> VendorError {
        let details = error["details"]?.array ?? []
        var vendor = VendorError(
            status: error["code"]?.int, code: error["status"]?.string, message: error["message"]?.string)
        let reasons = details.compactMap { $0["reason"]?.string }
        if let known = reasons.first(where: FailureTable.isKnown) { vendor.code = known }
        if details.contains(where: isSpent) { vendor.code = FailureTable.spentQuota }
        vendor.retryAfter = details.lazy.compactMap { $0["retryDelay"]?.string }
            .compactMap(RetryPolicy.duration).first.map { .milliseconds($0) }
        return vendor
    }

    /// Whether a quota is used up for the day, or is nothing at all: no wait of minutes helps.
    private static func isSpent(_ detail: JSONValue) -> Bool {
        (detail["violations"]?.array ?? []).contains { violation in
            violation["quotaId"]?.string?.contains("PerDay") == true
                || violation["quotaValue"]?.string == "0"
        }
    }
}
