import AgentOSCore

/// A streamed answer put together again; a value: events in, what can be shown out.
protocol ReplyAccumulator {
    /// Whether the stream has said that it is over.
    var isDone: Bool { get }
    /// What the vendor has counted so far.
    var usage: Usage? { get }
    /// What an event adds; throws where the stream itself reports an error or cannot be read on.
    mutating func take(_ data: String) throws(WireError) -> [ModelStreamEvent]
    /// The whole reply; nil where the stream ended before its end, or said nothing but that it is over.
    func reply() -> ProviderReply?
}

/// Why a stream cannot be read on.
enum WireError: Error, Hashable {
    /// A piece that is not what this wire sends.
    case notJSON
    /// An error that the vendor sent in the stream, under a status of 200.
    case reported(VendorError)
    /// The model wrote what the vendor itself could not make use of.
    case unusable(String)
}
