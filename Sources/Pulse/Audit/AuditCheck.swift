import AgentOSCore
import EventLog
import Ledger

/// What is wrong with an audit.
public struct AuditFinding: Error, Hashable, Sendable, CustomStringConvertible {
    /// The first entry that is wrong; nil where none is, but what stands around them.
    public var seq: Int64?
    /// One line that names it.
    public var description: String

    init(_ seq: Int64?, _ text: String) { (self.seq, description) = (seq, text) }
}

/// Checks an audit by itself, without the log that it came from.
public enum AuditCheck {
    /// Checks the text of an audit; returns it, or throws the first `AuditFinding`.
    ///
    /// In the form that `AuditDocument.text()` writes, every byte counts; JSON that another program has written again is
    /// checked by its values. `expecting` is a hash that is known from elsewhere, as the trailer `AgentOS-Audit` of a
    /// commit: it must be that of an entry.
    public static func verify(text: String, expecting: String? = nil) throws -> AuditDocument {
        let document = try read(text)
        try check(document)
        if let expecting, !document.entries.contains(where: { $0.hash == expecting }) {
            throw AuditFinding(nil, "no entry has the hash \(SafeText(String(expecting.prefix(64))))")
        }
        return document
    }

    /// What is wrong with bytes that are no UTF-8: the entry that holds the first that is not.
    public static func damaged(_ bytes: [UInt8]) throws -> AuditFinding {
        do {
            // What cannot be read is replaced, which is another text than was written.
            _ = try verify(text: String(decoding: bytes, as: UTF8.self))
            return AuditFinding(nil, "the file is not text")
        } catch let finding as AuditFinding {
            return finding
        }
    }

    /// Checks entries, links, facts, sums and the seal of a document; throws the first `AuditFinding`.
    static func check(_ document: AuditDocument) throws {
        guard document.format == AuditDocument.currentFormat else {
            throw AuditFinding(nil, "the file has another format than \(AuditDocument.currentFormat)")
        }
        try AuditChain(document).check()
        guard !document.entries.isEmpty else { throw AuditFinding(nil, "there is no entry of the session") }
        try checkFacts(document)
        guard document.digest == digest(of: document) else {
            throw AuditFinding(nil, "what stands around the entries was changed; every entry is whole")
        }
        if !document.verified {
            throw AuditFinding(
                document.brokenAt,
                "the log was broken when this was written: \(document.damage ?? "no reason given")")
        }
    }

    /// The digest that seals a document's head.
    static func digest(of document: AuditDocument) -> String {
        var head = document.head
        head.digest = ""
        return (try? AuditDocument.headText(head)).map { TextDigest.hex($0) } ?? ""
    }

    // MARK: Facts

    private static func checkFacts(_ document: AuditDocument) throws {
        let fold = AuditFold(document.entries, of: document.sessionId, tenant: document.tenantId)
        var made = fold.document
        guard made.changes.count == document.changes.count else {
            throw AuditFinding(nil, "changes are not what the entries tell")
        }
        for index in made.changes.indices where made.changes[index].files == nil {
            made.changes[index].files = document.changes[index].files
        }
        (made.verified, made.brokenAt, made.damage) = (document.verified, document.brokenAt, document.damage)
        made.digest = document.digest
        let wanted = try JSONText.value(made.head).object ?? [:]
        let found = try JSONText.value(document.head).object ?? [:]
        let names = Set(wanted.keys).union(found.keys).sorted()
        if let wrong = names.first(where: { wanted[$0] != found[$0] }) {
            throw AuditFinding(nil, "\(SafeText(wrong)) is not what the entries tell")
        }
        if let unheld = fold.unheld {
            throw AuditFinding(
                nil, "the ledger's entry that held money back for the call \(unheld) is missing")
        }
        if let missing = document.models.first(where: { ($0.cost ?? .zero) != .zero && $0.ledgerSeq == nil })
        {
            throw AuditFinding(nil, "the ledger's entry for the call \(missing.callId) is missing")
        }
        guard document.totals.ledger == document.totals.costKnown else {
            throw AuditFinding(
                nil,
                "the ledger's entries sum up to \(document.totals.ledger) USD and the session's to \(document.totals.costKnown)"
            )
        }
    }

    // MARK: Text

    private static func read(_ text: String) throws -> AuditDocument {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count > 1, lines[0].hasSuffix(AuditDocument.opening) else {
            do { return try JSONText.decode(AuditDocument.self, from: text) } catch {
                throw AuditFinding(nil, "the file is not an audit, or was changed where it begins")
            }
        }
        let headLine = String(lines.removeFirst().dropLast(AuditDocument.opening.count)) + "}"
        let head = try? AuditDocument.head(text: headLine)
        let end = lines.firstIndex(of: AuditDocument.closing)
        let (entries, unreadable) = read(lines[..<(end ?? lines.endIndex)])
        if let unreadable {
            let seq = head.flatMap { $0.index.indices.contains(unreadable) ? $0.index[unreadable].seq : nil }
            // What stands before it may be wrong as well, and is named first.
            if var early = head {
                (early.entries, early.index) = (entries, Array(early.index.prefix(unreadable)))
                try AuditChain(early).check()
            }
            throw AuditFinding(
                seq, seq.map { "entry \($0) is not what was written" } ?? "line \(unreadable + 2) is no entry"
            )
        }
        guard var document = head else {
            try AuditChain.checkHashes(entries)
            throw AuditFinding(nil, "what stands before the entries was changed; every entry is whole")
        }
        document.entries = entries
        guard try document.text() == text else {
            try AuditChain(document).check()
            throw AuditFinding(nil, "the file has other bytes than were written, around the entries")
        }
        return document
    }

    /// The entries, and the place of the first line that is none, or not in the form that is written.
    private static func read(_ lines: ArraySlice<String>) -> (entries: [AuditEntry], unreadable: Int?) {
        var entries: [AuditEntry] = []
        for (place, line) in lines.enumerated() {
            let isLast = place == lines.count - 1
            let text = !isLast && line.hasSuffix(",") ? String(line.dropLast()) : line
            guard let entry = try? JSONText.decode(AuditEntry.self, from: text),
                (try? JSONText.printableString(entry)) == text
            else { return (entries, place) }
            entries.append(entry)
        }
        return (entries, nil)
    }
}
