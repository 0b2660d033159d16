import AgentOSCore

/// Why a model answered that was not asked first, or not at once.
func whyModel(_ model: ModelReference, _ tried: [TriedModel]) -> String {
    "answered by \(model) after " + steps(tried)
}

/// Each model that was tried, with the reason and the wait; the same again is counted.
func steps(_ tried: [TriedModel]) -> String {
    var lines: [(step: TriedModel, times: Int)] = []
    for step in tried {
        if let last = lines.last, last.step.model == step.model, last.step.reason == step.reason {
            let waited = (last.step.waitedMilliseconds ?? 0) + (step.waitedMilliseconds ?? 0)
            lines[lines.count - 1].step.waitedMilliseconds = waited > 0 ? waited : nil
            lines[lines.count - 1].times += 1
        } else {
            lines.append((step, 1))
        }
    }
    return lines.map { step, times in
        let often = times > 1 ? " (\(times) times)" : ""
        let wait = step.waitedMilliseconds.map { "; waited \(DurationText.short($0))" } ?? ""
        return "\(step.model): \(step.reason)\(often)\(wait)"
    }.joined(separator: " · ")
}
