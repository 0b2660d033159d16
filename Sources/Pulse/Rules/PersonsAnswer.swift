import AgentOSCore

/// What a person's text answers to a request: a word to an approval or a gate, the text itself to a question.
func personsAnswer(_ text: String, to request: PersonRequest) -> Answer {
    let words = text.split(maxSplits: 1, whereSeparator: { $0.isWhitespace || $0 == "," })
    switch request.kind {
    case .question: return .text(text)
    case .gate:
        // A word that is neither would throw finished work back: it is refused.
        switch words.first?.lowercased() {
        case "yes", "y": return words.count == 1 ? .yes : .text(text)
        case "no", "n": return .no(words.count == 1 ? nil : String(words[1]))
        default: return .text(text)
        }
    case .approval, .setup:
        // Only a whole yes allows.
        switch words.first?.lowercased() {
        case "yes", "y": return words.count == 1 ? .yes : .no(text)
        case "no", "n": return .no(words.count == 1 ? nil : String(words[1]))
        default: return .no(text)
        }
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
