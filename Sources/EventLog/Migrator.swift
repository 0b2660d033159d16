import AgentOSCore
import FoundationEssentials
import GRDB

/// Brings a database up to the schema of this program.
struct Migrator {
    let path: String
    let projectors: [any Projector]

    private var steps: [(owner: String, migration: Migration)] {
        Schema.migrations.map { (Schema.owner, $0) }
            + projectors.flatMap { projector in projector.migrations.map { (projector.name, $0) } }
    }

    /// Applies what is missing in one transaction; throws a `Fault` where the database is newer, or no home's.
    func migrate(_ database: Database) throws {
        try refuseForeign(database)
        let applied = try applied(database)
        let steps = steps
        let known = Set(steps.map { "\($0.owner)/\($0.migration.name)" })
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version <= steps.count, applied.isSubset(of: known) else {
            throw Fault(
                .noHost, "\(path) is newer than this program (schema \(version), known \(steps.count))",
                hint: "start the newer program, or restore the backup made before the update")
        }
        let missing = steps.filter { !applied.contains("\($0.owner)/\($0.migration.name)") }
        if missing.isEmpty { return }
        if !applied.isEmpty { try Backup.copy(database, to: "\(path).backup-v\(version)", replacing: true) }
        let reader = SQLReader(database: database)
        try database.inTransaction(.immediate) {
            try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS migrations
                    (owner TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (owner, name)) STRICT, WITHOUT ROWID
                    """)
            for step in missing {
                try database.execute(sql: step.migration.sql)
                try database.execute(
                    sql: "INSERT INTO migrations (owner, name) VALUES (?, ?)",
                    arguments: [step.owner, step.migration.name])
            }
            for projector in projectors
            where rebuilds(projector, applied: applied, missing: missing.map(\.migration)) {
                try replay(projector, reader)
            }
            try database.execute(sql: "PRAGMA user_version = \(steps.count)")
            return .commit
        }
    }

    private func rebuilds(_ projector: any Projector, applied: Set<String>, missing: [Migration]) -> Bool {
        let isNew = !applied.contains { $0.hasPrefix("\(projector.name)/") }
        return isNew || projector.migrations.contains { $0.rebuilds && missing.contains($0) }
    }

    private func replay(_ projector: any Projector, _ reader: SQLReader) throws {
        let writer = SQLWriter(database: reader.database)
        for tenant in try reader.tenants() {
            var after: Int64 = 0
            while true {
                let events = try reader.events(tenant: tenant, after: after, limit: 500)
                guard let last = events.last else { break }
                for event in events { try projector.apply(event, in: writer) }
                after = last.seq
            }
        }
    }

    private func refuseForeign(_ database: Database) throws {
        let id = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") == 0
        guard id == Schema.applicationID || (id == 0 && isEmpty) else {
            throw Fault.usage(
                "\(path) is the database of another program", hint: "move it away, or choose another --home")
        }
    }

    private func applied(_ database: Database) throws -> Set<String> {
        guard try database.tableExists("migrations") else { return [] }
        return Set(try String.fetchAll(database, sql: "SELECT owner || '/' || name FROM migrations"))
    }
}
