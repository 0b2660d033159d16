import AgentOSCore

/// Why a model answered that was not asked first, or not at once: each that was tried, with its reason and wait.
func whyModel(_ model: ModelReference, _ tried: [TriedModel]) -> String {
    let steps = tried.map { step in
        let wait = step.waitedMilliseconds.map { "; waited \(DurationText.short($0))" } ?? ""
        return "\(step.model): \(step.reason)\(wait)"
    }
    return "answered by \(model) after " + steps.joined(separator: " · ")
}
