import AgentOSCore

/// What the wire counts: cached tokens and sound are inside the prompt's, reasoning and sound inside the answer's.
struct ChatUsage: Decodable {
    struct PromptDetails: Decodable {
        var cachedTokens: Int?
        var cacheWriteTokens: Int?
        var audioTokens: Int?

        enum CodingKeys: String, CodingKey {
            case cachedTokens = "cached_tokens"
            case cacheWriteTokens = "cache_write_tokens"
            case audioTokens = "audio_tokens"
        }
    }

    struct AnswerDetails: Decodable {
        var reasoningTokens: Int?
        var audioTokens: Int?

        enum CodingKeys: String, CodingKey {
            case reasoningTokens = "reasoning_tokens"
            case audioTokens = "audio_tokens"
        }
    }

    var promptTokens: Int?
    var completionTokens: Int?
    var totalTokens: Int?
    var prompt: PromptDetails?
    var answer: AnswerDetails?
    var cachedTokens: Int?
    /// Whether each count that is given can be read; an answer is not lost for one that cannot.
    private var isReadable = true

    enum CodingKeys: String, CodingKey {
        case promptTokens = "prompt_tokens"
        case completionTokens = "completion_tokens"
        case totalTokens = "total_tokens"
        case prompt = "prompt_tokens_details"
        case answer = "completion_tokens_details"
        case cachedTokens = "num_cached_tokens"
    }

    init(from decoder: any Decoder) throws {
        guard let fields = try? decoder.container(keyedBy: CodingKeys.self) else {
            isReadable = false
            return
        }
        do {
            promptTokens = try fields.decodeIfPresent(Int.self, forKey: .promptTokens)
            completionTokens = try fields.decodeIfPresent(Int.self, forKey: .completionTokens)
            totalTokens = try fields.decodeIfPresent(Int.self, forKey: .totalTokens)
            prompt = try fields.decodeIfPresent(PromptDetails.self, forKey: .prompt)
            answer = try fields.decodeIfPresent(AnswerDetails.self, forKey: .answer)
            cachedTokens = try fields.decodeIfPresent(Int.self, forKey: .cachedTokens)
        } catch { isReadable = false }
    }

    /// The same in buckets that do not overlap; counts that cannot be are held to what can, and negative or
    /// unreadable ones tell nothing.
    var buckets: Usage? {
        let counts = [
            promptTokens, completionTokens, totalTokens, prompt?.cachedTokens, prompt?.cacheWriteTokens,
            prompt?.audioTokens, answer?.reasoningTokens, answer?.audioTokens, cachedTokens,
        ]
        guard isReadable, TokenCount.arePossible(counts) else { return nil }
        var left = promptTokens ?? 0
        func take(_ count: Int?) -> Int {
            let part = min(count ?? 0, left)
            left -= part
            return part
        }
        var usage = Usage()
        usage.cacheRead = take(prompt?.cachedTokens ?? cachedTokens)
        usage.cacheWrite = take(prompt?.cacheWriteTokens)
        usage.audioInput = take(prompt?.audioTokens)
        usage.input = left
        left = answerTokens
        usage.reasoning = take(answer?.reasoningTokens)
        usage.audioOutput = take(answer?.audioTokens)
        usage.output = left
        return usage
    }

    /// Some servers count reasoning beside the answer and not in it: their total tells.
    private var answerTokens: Int {
        let (prompt, written) = (promptTokens ?? 0, completionTokens ?? 0)
        guard let totalTokens, let reasoning = answer?.reasoningTokens,
            totalTokens - prompt - written == reasoning
        else { return written }
        return written + reasoning
    }
}
