import AgentOSCore

/// A step of a projector's schema.
public struct Migration: Hashable, Sendable {
    /// Its name, unique within the projector and never reused.
    public var name: String
    /// The statements, separated by semicolons.
    public var sql: String
    /// Whether every event of the log is applied again afterwards; the statements then empty the tables.
    public var rebuilds: Bool

    /// A step; without `rebuilds` the statements bring the existing rows along themselves.
    public init(_ name: String, _ sql: String, rebuilds: Bool = false) {
        self.name = name
        self.sql = sql
        self.rebuilds = rebuilds
    }
}

/// What turns events into tables that can be queried.
///
/// It runs in the transaction of the append, so its tables never disagree with the log. A projector
/// that a database has not met is shown every event of the log when the log is opened.
public protocol Projector: Sendable {
    /// Its name, stored with its migrations and never reused.
    var name: String { get }
    /// Its schema, oldest step first; a step that was once released is never edited.
    var migrations: [Migration] { get }
    /// Applies one event; throwing refuses the append.
    func apply(_ event: EventRecord, in sql: SQLWriter) throws
    /// Applies the events of one append, all of one stream, in order; one by one where a projector does not say how else.
    func apply(_ events: [EventRecord], in sql: SQLWriter) throws
}

extension Projector {
    /// Applies them one by one.
    public func apply(_ events: [EventRecord], in sql: SQLWriter) throws {
        for event in events { try apply(event, in: sql) }
    }
}
