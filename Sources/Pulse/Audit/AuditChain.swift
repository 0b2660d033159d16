import AgentOSCore
import EventLog
import Ledger

/// Checks the entries of an audit against their hashes, their links and the table of contents.
struct AuditChain {
    private let document: AuditDocument
    private let stream: String

    init(_ document: AuditDocument) {
        self.document = document
        stream = SessionEvent.stream(document.sessionId)
    }

    /// Throws the first `AuditFinding`.
    func check() throws {
        var last: [String: AuditEntry] = [:]
        var before: AuditEntry?
        for (place, entry) in document.entries.enumerated() {
            try checkPlace(place, entry)
            try Self.checkHash(entry)
            try checkLink(document.index[place], entry)
            try checkOrder(entry, after: before)
            try checkStream(entry, after: last[entry.stream])
            (before, last[entry.stream]) = (entry, entry)
        }
        if document.index.count > document.entries.count {
            throw missing(document.index[document.entries.count].seq)
        }
    }

    /// Checks each entry against its own hash only.
    static func checkHashes(_ entries: [AuditEntry]) throws { for entry in entries { try checkHash(entry) } }

    private static func checkHash(_ entry: AuditEntry) throws {
        if entry.stored.payload == nil {
            guard entry.shown != nil else { throw changed(entry.seq) }
        } else if entry.shown != nil || entry.computedHash != entry.hash {
            throw changed(entry.seq)
        }
        guard let actor = try? JSONText.decode(Actor.self, from: entry.stored.actor), actor == entry.actor
        else {
            throw changed(entry.seq)
        }
    }

    private static func changed(_ seq: Int64) -> AuditFinding {
        AuditFinding(seq, "entry \(seq) is not what was written")
    }

    private func missing(_ seq: Int64) -> AuditFinding { AuditFinding(seq, "entry \(seq) is missing") }

    /// Whether the table of contents names this entry here.
    private func checkPlace(_ place: Int, _ entry: AuditEntry) throws {
        guard place < document.index.count else {
            throw AuditFinding(entry.seq, "entry \(entry.seq) was added")
        }
        let wanted = document.index[place].seq
        guard entry.seq != wanted else { return }
        if document.entries[place...].contains(where: { $0.seq == wanted }) {
            throw AuditFinding(wanted, "entry \(wanted) does not stand in its place")
        }
        let isKnown = document.index.contains { $0.seq == entry.seq }
        throw isKnown ? missing(wanted) : Self.changed(wanted)
    }

    private func checkLink(_ link: AuditLink, _ entry: AuditEntry) throws {
        guard link.hash == entry.hash, link.shown == entry.shown.map({ TextDigest.hex($0) }),
            entry.tenantId == document.tenantId, entry.stream == stream || entry.stream == Ledger.stream
        else { throw Self.changed(entry.seq) }
    }

    /// Neighbours in the tenant's log are linked.
    private func checkOrder(_ entry: AuditEntry, after before: AuditEntry?) throws {
        guard let before else { return }
        if entry.seq <= before.seq {
            throw AuditFinding(entry.seq, "entry \(entry.seq) does not stand in its place")
        }
        if entry.seq == before.seq + 1, entry.previous != before.hash { throw Self.changed(before.seq) }
    }

    /// The session's entries are linked from its first to its last; of the ledger's, those that are neighbours.
    private func checkStream(_ entry: AuditEntry, after before: AuditEntry?) throws {
        let version = before?.version ?? 0
        if entry.stream == stream {
            guard entry.version == version + 1 else {
                throw AuditFinding(
                    (before?.seq ?? 0) + 1,
                    "entry \(version + 1) of the session, before entry \(entry.seq), is missing")
            }
            guard entry.streamPrevious == before?.hash ?? AuditEntry.origin else {
                throw Self.changed(before?.seq ?? entry.seq)
            }
        } else if let before, entry.version == version + 1, entry.streamPrevious != before.hash {
            throw Self.changed(before.seq)
        }
    }
}
