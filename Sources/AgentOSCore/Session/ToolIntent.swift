/// A tool call that is about to run: enough to recover it (INV-4).
public struct ToolIntent: Hashable, Sendable, Codable {
    /// The engine's id of the call.
    public var callId: CallID
    /// The model's call.
    public var call: ToolCall
    /// What it can do.
    public var effect: EffectClass
    /// The checkpoint to which a cut confined call is undone.
    public var checkpointId: CheckpointID?
    /// The sandbox layer that will be enforced; nil for tools that run in the engine.
    public var layer: String?

    /// An intent.
    public init(
        callId: CallID, call: ToolCall, effect: EffectClass, checkpointId: CheckpointID?, layer: String?
    ) {
        self.callId = callId
        self.call = call
        self.effect = effect
        self.checkpointId = checkpointId
        self.layer = layer
    }
}

/// How a tool call ended.
public enum ToolOutcome: String, Hashable, Sendable, Codable {
    /// It ran to its end.
    case done
    /// A policy or a person refused it.
    case denied
    /// A person ended it, with the session or for something said; or it was left out for that.
    case cancelled
    /// It was cut and could have reached outside: nobody knows what it did.
    case unknown
}
