/// How vendors say in words that a request is longer than the model's window.
enum ContextWords {
    /// Parts of sentences of OpenAI and those who speak like it, llama.cpp, vLLM, TGI, LM Studio, Anthropic, Google and
    /// Mistral, in lower case.
    private static let phrases = [
        "maximum context length", "context length exceeded", "context_length_exceeded",
        "exceeds the available context size", "context size has been exceeded", "exceed context size",
        "exceeds the context window", "exceeds the context length", "context length of only",
        "longer than the maximum model length", "maximum number of tokens allowed", "prompt is too long",
        "input is too long", "too large for model with", "reduce the length of the messages",
        "`inputs` tokens + `max_new_tokens` must be", "exceed context limit",
    ]

    /// What stands before the window in such a sentence, the closest first.
    private static let marks = [
        "maximum context length", "context size (", "context length of only", "maximum model length",
        "tokens allowed (", "must be <=", "tokens >", "model with", " > ",
    ]

    /// No model has a smaller window: a number below it means something else.
    static let smallest = 256

    /// Whether a vendor's sentence says so.
    static func areMeant(by sentence: String) -> Bool {
        let low = sentence.lowercased()
        return phrases.contains { low.contains($0) }
    }

    /// The window that such a sentence names, in tokens.
    static func window(in sentence: String) -> Int? {
        let low = sentence.lowercased()
        for mark in marks {
            guard let found = low.firstRange(of: mark) else { continue }
            // The number stands close by: another sentence may hold others.
            let rest = low[found.upperBound...].prefix(24).drop { !isDigit($0) }
            if let window = Int(rest.prefix { isDigit($0) || $0 == "," }.filter(isDigit)), window >= smallest
            {
                return window
            }
        }
        return nil
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
}
