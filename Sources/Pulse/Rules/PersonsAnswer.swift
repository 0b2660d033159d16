import AgentOSCore

/// What a person's text answers to a request: a word to an approval or a gate, the text itself to a question.
func personsAnswer(_ text: String, to request: PersonRequest) -> Answer {
    switch request.kind {
    case .question: .text(text)
    // A word that is neither would throw finished work back: it is refused.
    case .gate: yesOrNo(text) ?? .text(text)
    // Only a whole yes allows.
    case .approval, .setup: yesOrNo(text) ?? .no(text)
    }
}

/// `yes`, or `no` and perhaps why; nil for anything else.
private func yesOrNo(_ text: String) -> Answer? {
    let words = text.split(maxSplits: 1, whereSeparator: { $0.isWhitespace || $0 == "," })
    return switch words.first?.lowercased() {
    case "yes", "y": words.count == 1 ? .yes : nil
    case "no", "n": .no(words.count == 1 ? nil : String(words[1]))
    default: nil
    }
}

/// What became of a request, for the person who answered it.
func answerWords(_ answer: Answer) -> String {
    switch answer {
    case .yes: "answered: yes"
    case .no(let why): "answered: refused" + (why.map { ", with: \(SafeText($0))" } ?? "")
    case .text(let text): "answered: \(SafeText(text))"
    case .unattended: "answered"
    }
}
