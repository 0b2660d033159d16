extension Session.Conversation {
    /// The required gates that were red.
    public var redGates: [String] { gates.filter { $0.required && !$0.passed }.map(\.gate) }
}
