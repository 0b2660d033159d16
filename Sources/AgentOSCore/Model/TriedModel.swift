/// A model of a route that did not answer, and why.
public struct TriedModel: Hashable, Sendable, Codable {
    /// The model.
    public var model: ModelReference
    /// Why it gave no answer, or was not asked, in a few words without secrets.
    public var reason: String
    /// How long was waited before the same or another was asked; nil for not at all.
    public var waitedMilliseconds: Int64?

    /// A model that was tried or passed over.
    public init(model: ModelReference, reason: String, waitedMilliseconds: Int64? = nil) {
        self.model = model
        self.reason = reason
        self.waitedMilliseconds = waitedMilliseconds
    }
}
