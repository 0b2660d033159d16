import AgentOSCore
import FoundationEssentials
import GRDB
import Synchronization

/// The one writer: takes what waits, writes it in one transaction, and tells everyone after the commit.
///
/// All of it runs on the serial queue of the pool's writing connection. While one group is being flushed the next
/// one gathers, so many writers share a flush.
///
/// Whoever finds the writer idle writes on its own thread, as two hand-overs between threads take about as long as
/// a flush of a fast disk; where the last commit took longer than `inlineLimit`, the queue's thread does it, so
/// that no thread of the tasks' pool waits for a slow disk.
final class LogWriter: Sendable {
    private struct Request {
        let appends: [PreparedAppend]
        let done: CheckedContinuation<[EventRecord], any Error>
    }

    private struct Queue {
        var waiting: [Request] = []
        var isDraining = false
        var isClosed = false
        var isInline = false

        /// At most `limit` of what waits, oldest first.
        mutating func take(_ limit: Int) -> [Request] {
            if waiting.count <= limit {
                let group = waiting
                waiting = []
                return group
            }
            let group = Array(waiting.prefix(limit))
            waiting.removeFirst(limit)
            return group
        }
    }

    private static let groupLimit = 256
    private static let inlineLimit = Duration.milliseconds(1)

    private let pool: DatabasePool
    private let path: String
    private let insertion: EventInsertion
    private let heads: SealedHeads
    private let live: LiveEvents
    private let probe: CommitProbe?
    private let queue = Mutex(Queue())
    /// Taken out while a group is written, put back when it is committed.
    private let ends = Mutex(ChainEnds())
    /// With one thread for all tasks nothing would gather while it waits for a flush.
    private let mayBeInline = ProcessInfo.processInfo.activeProcessorCount > 1

    init(
        pool: DatabasePool, path: String, projectors: [any Projector], heads: SealedHeads, live: LiveEvents,
        probe: CommitProbe? = nil
    ) {
        self.pool = pool
        self.path = path
        self.insertion = EventInsertion(projectors: projectors)
        self.heads = heads
        self.live = live
        self.probe = probe
    }

    /// Writes appends together; returns when they are durable.
    func submit(_ appends: [PreparedAppend]) async throws -> [EventRecord] {
        try await withCheckedThrowingContinuation { done in
            enum Next { case write, hand, wait, closed }
            let next = queue.withLock { queue in
                if queue.isClosed { return Next.closed }
                queue.waiting.append(Request(appends: appends, done: done))
                if queue.isDraining { return .wait }
                queue.isDraining = true
                return queue.isInline ? .write : .hand
            }
            switch next {
            case .write:
                if pool.writeWithoutTransaction({ self.writeNext($0) }) { break }
                pool.asyncWriteWithoutTransaction { self.drain($0) }
            case .hand: pool.asyncWriteWithoutTransaction { self.drain($0) }
            case .wait: break
            case .closed: done.resume(throwing: Self.closed)
            }
        }
    }

    private static var closed: Fault {
        Fault(.noHost, "the event log is closed", hint: "start the host again")
    }

    /// Refuses later appends.
    func close() { queue.withLock { $0.isClosed = true } }

    private func drain(_ database: Database) {
        while !writeNext(database) {}
    }

    /// Writes what waits, at most one group; true when nothing waits any more and the writer is idle.
    private func writeNext(_ database: Database) -> Bool {
        let group = queue.withLock { $0.take(Self.groupLimit) }
        let began = ContinuousClock.now
        write(group, database)
        let isQuick = ContinuousClock.now - began < Self.inlineLimit
        return queue.withLock { queue in
            queue.isInline = mayBeInline && isQuick
            queue.isDraining = !queue.waiting.isEmpty
            return !queue.isDraining
        }
    }

    private func write(_ group: [Request], _ database: Database) {
        // One that came while the log was being closed: nothing of it is written.
        guard database.sqliteConnection != nil else {
            for request in group { request.done.resume(throwing: Self.closed) }
            return
        }
        do {
            let outcomes = try commit(group, database)
            for (request, outcome) in zip(group, outcomes) { request.done.resume(with: outcome) }
        } catch {
            if database.isInsideTransaction { try? database.run("ROLLBACK") }
            let fault = StorageFault.mapped(error, path: path)
            for request in group { request.done.resume(throwing: fault) }
        }
    }

    /// Writes a group and makes it durable, then seals and publishes it; throws where all of it is lost.
    private func commit(_ group: [Request], _ database: Database) throws -> [Result<[EventRecord], any Error>]
    {
        // Put back only after the commit: a group that is lost leaves none.
        var ends = self.ends.withLock { ends in
            let known = ends
            ends = ChainEnds()
            return known
        }
        var outcomes: [Result<[EventRecord], any Error>] = []
        outcomes.reserveCapacity(group.count)
        let writer = SQLWriter(database: database)
        try database.run("BEGIN IMMEDIATE")
        for request in group {
            outcomes.append(try write(request.appends, writer, &ends, isAlone: group.count == 1))
        }
        var moved: [TenantID: TenantHead] = [:]
        for case .success(let records) in outcomes {
            for record in records where moved[record.tenant] == nil {
                moved[record.tenant] = try ends.tenant(record.tenant, writer.reader)
            }
        }
        try heads.prepare(moved)
        reach(.inserted, outcomes)
        try database.run("COMMIT")
        let kept = ends
        self.ends.withLock { $0 = kept }
        reach(.durable, outcomes)
        heads.seal(moved)
        reach(.sealed, outcomes)
        live.publish(outcomes.lazy.compactMap { try? $0.get() })
        return outcomes
    }

    private func reach(_ edge: CommitEdge, _ outcomes: [Result<[EventRecord], any Error>]) {
        guard let probe else { return }
        probe(edge, outcomes.flatMap { (try? $0.get()) ?? [] })
    }

    /// Writes one request, in a savepoint of its own unless it is alone; throws only where the whole
    /// transaction is lost.
    private func write(
        _ appends: [PreparedAppend], _ writer: SQLWriter, _ ends: inout ChainEnds, isAlone: Bool
    ) throws -> Result<[EventRecord], any Error> {
        if isAlone { return .success(try insert(appends, writer, &ends)) }
        let database = writer.database
        try database.run("SAVEPOINT append")
        do {
            let records = try insert(appends, writer, &ends)
            try database.run("RELEASE append")
            return .success(records)
        } catch {
            guard database.isInsideTransaction else { throw error }
            ends.forget()
            try database.run("ROLLBACK TO append")
            try database.run("RELEASE append")
            return .failure(StorageFault.mapped(error, path: path))
        }
    }

    private func insert(
        _ appends: [PreparedAppend], _ writer: SQLWriter, _ ends: inout ChainEnds
    ) throws -> [EventRecord] {
        if let append = appends.first, appends.count == 1 {
            return try insertion.insert(append, writer, &ends)
        }
        return try appends.flatMap { try insertion.insert($0, writer, &ends) }
    }
}

extension Database {
    /// Runs a statement without arguments, prepared once.
    func run(_ sql: String) throws { try PreparedStatement(sql, self).run() }
}
