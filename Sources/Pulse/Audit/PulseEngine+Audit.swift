import AgentOSCore
import EventLog
import Ledger

extension PulseEngine {
    /// What a session was asked, allowed, did, cost and gave out, with the entries that prove it.
    ///
    /// An entry that holds a secret, as one that was not known when it was written, is withheld: its hash stands for it.
    public func audit(_ query: SessionAudit) async throws -> AuditDocument {
        let id = try await resolve(query.id)
        let redact = setting.redact
        let entries = try await setting.log.read { [tenant = setting.tenant] sql in
            try sql.auditEntries(of: id, tenant: tenant)
        }
        guard !entries.isEmpty else { throw Fault.notFound("there is no session \(id)") }
        let fold = AuditFold(entries.map { $0.redacted(redact) }, of: id, tenant: setting.tenant)
        var document = fold.document
        if let session = fold.session {
            for index in document.changes.indices where document.changes[index].files == nil {
                document.changes[index].files = try await files(document.changes[index], session)
            }
        }
        try await judge(&document)
        document.digest = AuditCheck.digest(of: document)
        return document
    }

    /// The paths that differ; nil where the trees are not kept any more.
    private func files(_ change: AuditChange, _ session: Session) async throws -> [AuditChange.File]? {
        do {
            return try await setting.bench.diff(session, change.fromTree, change.toTree).files.map {
                AuditChange.File(
                    path: setting.redact($0.path), change: $0.change, added: $0.added, removed: $0.removed)
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            return nil
        }
    }

    /// Asks the log, which also knows what its signed head says, and then the entries themselves.
    private func judge(_ document: inout AuditDocument) async throws {
        for stream in [SessionEvent.stream(document.sessionId), Ledger.stream] {
            let found = try await setting.log.verify(tenant: setting.tenant, stream: stream)
            guard let broken = found.brokenAt else { continue }
            guard document.brokenAt.map({ broken.seq < $0 }) ?? true else { continue }
            (document.verified, document.brokenAt) = (false, broken.seq)
            document.damage = broken.description
        }
        guard document.verified else { return }
        do { try AuditChain(document).check() } catch let finding as AuditFinding {
            (document.verified, document.brokenAt) = (false, finding.seq)
            document.damage = finding.description
        }
    }
}

extension SQLReader {
    /// A session's entries and those of the ledger about its calls, in the order of the log.
    func auditEntries(of id: SessionID, tenant: TenantID) throws -> [AuditEntry] {
        let own = try auditEntries(tenant: tenant, stream: SessionEvent.stream(id))
        guard let first = own.first, let last = own.last else { return [] }
        // A call's money is written with its beginning and its end: in the same commit, behind them.
        let money = try auditEntries(
            tenant: tenant, stream: Ledger.stream, from: first.seq, to: last.seq + 16,
            holding: #""callId":"\#(id).m"#)
        return (own + money).sorted { $0.seq < $1.seq }
    }
}
