import AgentOSCore

extension SessionLimits {
    /// The limits on one line: `cost 0.50 USD, turns 40`; `none` without any.
    public var line: String {
        let parts = [
            cost.map { "cost \($0) USD" }, time.map { "time \(DurationText.exact($0))" },
            idle.map { "idle \(DurationText.exact($0))" }, turns.map { "turns \($0)" },
            calls.map { "calls \($0)" }, outputTokens.map { "output tokens \($0)" },
        ].compactMap(\.self)
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }
}
