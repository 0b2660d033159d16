import AgentOSCore
import GRDB
import Synchronization

/// The one writer: takes what waits, writes it in one transaction, and tells everyone after the commit.
///
/// It runs on the serial queue of the pool's writing connection. While one group is being flushed the next
/// one gathers, so many writers share a flush.
final class LogWriter: Sendable {
    private struct Request {
        let appends: [PreparedAppend]
        let done: CheckedContinuation<[EventRecord], any Error>
    }

    private struct Queue {
        var waiting: [Request] = []
        var isDraining = false
        var isClosed = false
    }

    private static let groupLimit = 256

    private let pool: DatabasePool
    private let path: String
    private let insertion: EventInsertion
    private let heads: SealedHeads
    private let live: LiveEvents
    private let queue = Mutex(Queue())

    init(pool: DatabasePool, path: String, projectors: [any Projector], heads: SealedHeads, live: LiveEvents)
    {
        self.pool = pool
        self.path = path
        self.insertion = EventInsertion(projectors: projectors)
        self.heads = heads
        self.live = live
    }

    /// Writes appends together; returns when they are durable.
    func submit(_ appends: [PreparedAppend]) async throws -> [EventRecord] {
        try await withCheckedThrowingContinuation { done in
            enum Next { case drain, wait, closed }
            let next = queue.withLock { queue in
                if queue.isClosed { return Next.closed }
                queue.waiting.append(Request(appends: appends, done: done))
                if queue.isDraining { return .wait }
                queue.isDraining = true
                return .drain
            }
            switch next {
            case .drain: pool.asyncWriteWithoutTransaction { self.drain($0) }
            case .wait: break
            case .closed:
                done.resume(throwing: Fault(.noHost, "the event log is closed", hint: "start the host again"))
            }
        }
    }

    /// Refuses later appends.
    func close() { queue.withLock { $0.isClosed = true } }

    private func drain(_ database: Database) {
        while true {
            let group = queue.withLock { queue in
                let group = Array(queue.waiting.prefix(Self.groupLimit))
                queue.waiting.removeFirst(group.count)
                queue.isDraining = !group.isEmpty
                return group
            }
            if group.isEmpty { return }
            write(group, database)
        }
    }

    private func write(_ group: [Request], _ database: Database) {
        var outcomes: [Result<[EventRecord], any Error>] = []
        var tenants: [TenantID: TenantHead] = [:]
        do {
            try database.run("BEGIN IMMEDIATE")
            for request in group {
                outcomes.append(try write(request.appends, database, &tenants, isAlone: group.count == 1))
            }
            try heads.prepare(tenants)
            try database.run("COMMIT")
        } catch {
            if database.isInsideTransaction { try? database.run("ROLLBACK") }
            let fault = StorageFault.mapped(error, path: path)
            for request in group { request.done.resume(throwing: fault) }
            return
        }
        heads.seal(tenants)
        live.publish(outcomes.flatMap { (try? $0.get()) ?? [] })
        for (request, outcome) in zip(group, outcomes) {
            request.done.resume(with: outcome)
        }
    }

    /// Writes one request, in a savepoint of its own unless it is alone; throws only where the whole
    /// transaction is lost.
    private func write(
        _ appends: [PreparedAppend], _ database: Database, _ tenants: inout [TenantID: TenantHead],
        isAlone: Bool
    ) throws -> Result<[EventRecord], any Error> {
        if isAlone { return .success(try appends.flatMap { try insertion.insert($0, database, &tenants) }) }
        let before = tenants
        try database.run("SAVEPOINT append")
        do {
            let records = try appends.flatMap { try insertion.insert($0, database, &tenants) }
            try database.run("RELEASE append")
            return .success(records)
        } catch {
            guard database.isInsideTransaction else { throw error }
            try database.run("ROLLBACK TO append")
            try database.run("RELEASE append")
            tenants = before
            return .failure(StorageFault.mapped(error, path: path))
        }
    }
}

extension Database {
    /// Runs a statement without arguments, prepared once.
    func run(_ sql: String) throws { try cachedStatement(sql: sql).execute() }
}
