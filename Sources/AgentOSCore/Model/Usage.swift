/// Tokens in buckets that do not overlap and add up to what the vendor counted.
public struct Usage: Hashable, Sendable {
    /// Prompt tokens charged at the full rate.
    public var input: Int
    /// Tokens that the model wrote for the reader.
    public var output: Int
    /// Prompt tokens read from the vendor's cache.
    public var cacheRead: Int
    /// Prompt tokens written to the vendor's cache, for five minutes where it tells.
    public var cacheWrite: Int
    /// Prompt tokens written to the vendor's cache for an hour.
    public var cacheWriteHour: Int
    /// Tokens that the model wrote for itself.
    public var reasoning: Int
    /// Prompt tokens of sound.
    public var audioInput: Int
    /// Tokens of sound that the model made.
    public var audioOutput: Int
    /// Prompt tokens that the vendor's own tools added.
    public var toolPrompt: Int
    /// How often the vendor used a tool of its own; these are no tokens.
    public var serverCalls: Int

    /// Counts, zero where not given.
    public init(
        input: Int = 0, output: Int = 0, cacheRead: Int = 0, cacheWrite: Int = 0, cacheWriteHour: Int = 0,
        reasoning: Int = 0, audioInput: Int = 0, audioOutput: Int = 0, toolPrompt: Int = 0,
        serverCalls: Int = 0
    ) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
        self.cacheWriteHour = cacheWriteHour
        self.reasoning = reasoning
        self.audioInput = audioInput
        self.audioOutput = audioOutput
        self.toolPrompt = toolPrompt
        self.serverCalls = serverCalls
    }

    /// Tokens of the prompt, cached ones included.
    public var prompt: Int { input + cacheRead + cacheWrite + cacheWriteHour + audioInput + toolPrompt }

    /// Tokens that the model wrote, reasoning included.
    public var written: Int { output + reasoning + audioOutput }

    /// All tokens.
    public var total: Int { prompt + written }

    /// Adds bucket by bucket.
    public static func + (left: Usage, right: Usage) -> Usage {
        var sum = left
        for bucket in buckets { sum[keyPath: bucket.path] += right[keyPath: bucket.path] }
        return sum
    }

    /// The buckets by their names in JSON; the first four are always written.
    private static var buckets: [(name: Key, path: WritableKeyPath<Usage, Int>)] {
        [
            (.input, \.input), (.output, \.output), (.cacheRead, \.cacheRead), (.cacheWrite, \.cacheWrite),
            (.cacheWriteHour, \.cacheWriteHour), (.reasoning, \.reasoning), (.audioInput, \.audioInput),
            (.audioOutput, \.audioOutput), (.toolPrompt, \.toolPrompt), (.serverCalls, \.serverCalls),
        ]
    }
}

extension Usage: Codable {
    fileprivate enum Key: String, CodingKey {
        case input, output, cacheRead, cacheWrite, cacheWriteHour, reasoning, audioInput, audioOutput,
            toolPrompt
        case serverCalls
    }

    private static let always = 4

    /// Reads the buckets; those that older logs do not know are empty.
    public init(from decoder: any Decoder) throws {
        self.init()
        let fields = try decoder.container(keyedBy: Key.self)
        for (number, bucket) in Self.buckets.enumerated() {
            self[keyPath: bucket.path] =
                number < Self.always
                ? try fields.decode(Int.self, forKey: bucket.name)
                : try fields.decodeIfPresent(Int.self, forKey: bucket.name) ?? 0
        }
    }

    /// Writes the buckets; the rarer ones only where they hold something.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        for (number, bucket) in Self.buckets.enumerated()
        where number < Self.always || self[keyPath: bucket.path] != 0 {
            try fields.encode(self[keyPath: bucket.path], forKey: bucket.name)
        }
    }
}
