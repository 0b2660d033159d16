import AgentOSCore
import Synchronization

/// A row of the table `events`.
struct EventRow {
    /// The columns in the order that `init` reads them.
    static let columns = "tenant, seq, stream, version, type, at, actor, payload, prev, stream_prev, hash"

    var entry: Chain.Entry
    var hash: Digest32
    var actor: Actor

    /// Reads a row; throws a `Fault` where a column was damaged beyond reading.
    init(_ row: SQLRow) throws {
        entry = Chain.Entry(
            tenant: try row.at(0), seq: try row.at(1), stream: try row.at(2), version: try row.at(3),
            type: try row.at(4), at: try row.at(5), actor: try row.at(6), payload: try row.at(7),
            previous: try row.at(8), streamPrevious: try row.at(9))
        hash = try row.at(10)
        actor = try ActorText.actor(entry.actor)
    }

    /// The event.
    var record: EventRecord {
        EventRecord(
            tenant: TenantID(entry.tenant), seq: entry.seq, stream: entry.stream, version: entry.version,
            type: entry.type, at: Timestamp(milliseconds: entry.at), actor: actor, payload: entry.payload,
            previous: Chain.hex(entry.previous), hash: Chain.hex(hash))
    }
}

/// Actors as the log stores them; few actors cause most events, so the last ones are kept.
enum ActorText {
    private struct Known {
        var texts: [Actor: String] = [:]
        var actors: [String: Actor] = [:]
    }

    private static let known = Mutex(Known())
    private static let limit = 256

    /// The stored text of an actor.
    static func text(_ actor: Actor) throws -> String {
        if let text = known.withLock({ $0.texts[actor] }) { return text }
        let text = try JSONText.string(actor)
        known.withLock {
            if $0.texts.count >= limit { $0.texts.removeAll() }
            $0.texts[actor] = text
        }
        return text
    }

    /// The actor of a stored text.
    static func actor(_ text: String) throws -> Actor {
        if let actor = known.withLock({ $0.actors[text] }) { return actor }
        let actor = try JSONText.decode(Actor.self, from: text)
        known.withLock {
            if $0.actors.count >= limit { $0.actors.removeAll() }
            $0.actors[text] = actor
        }
        return actor
    }
}
