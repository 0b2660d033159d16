import AgentOSCore
import ObjectStore

/// A session as far as it matters for how long its files are kept.
struct KeptSession: Hashable, Sendable {
    var id: SessionID
    var state: SessionState
    var endedAt: Timestamp?
    var result: Session.ResultState
    /// The bytes of its workspace; nil where it has none of its own.
    var workspace: Int64?
    /// When the files of its checkpoints were cleared, if they were.
    var clearedAt: Timestamp?

    /// Since when nobody needs it any more; nil for one that works, waits, or has a result that nobody has taken.
    var restsSince: Timestamp? {
        guard state.isEnded, result != .pending else { return nil }
        return endedAt
    }

    /// Whether its files were cleared since it ended.
    var isCleared: Bool {
        guard let clearedAt, let endedAt else { return false }
        return clearedAt >= endedAt
    }
}

/// What is kept no longer.
struct KeepingRules: Sendable {
    let keep: KeepConfiguration
    let now: Timestamp

    /// Whether the files of a session's checkpoints have had their time.
    func isPast(_ session: KeptSession) -> Bool {
        isOlder(session, than: keep.sessions) || session.restsSince != nil && session.isCleared
    }

    /// Whether its workspace has had its time; with its checkpoints it goes too.
    func losesWorkspace(_ session: KeptSession) -> Bool {
        session.workspace != nil && (isPast(session) || isOlder(session, than: keep.workspaces))
    }

    private func isOlder(_ session: KeptSession, than milliseconds: Int64?) -> Bool {
        guard let milliseconds, let since = session.restsSince else { return false }
        return now.since(since) > milliseconds
    }
}

/// What clearing does: told before it acts.
struct KeepingPlan: Hashable, Sendable {
    /// Sessions whose workspaces go, with their bytes.
    var workspaces: [SessionID: Int64] = [:]
    /// Sessions whose checkpoints' files go.
    var sessions: [SessionID] = []
    /// Sessions whose checkpoints' files keep no object: those above, and those that were cleared before.
    var gone: Set<SessionID> = []
    /// Objects that nothing kept names.
    var objects = 0
    /// Their bytes.
    var objectBytes: Int64 = 0

    var bytes: Int64 { workspaces.values.reduce(objectBytes, +) }

    var isEmpty: Bool { workspaces.isEmpty && sessions.isEmpty && objects == 0 }

    mutating func count(_ unreachable: [StoredObject]) {
        (objects, objectBytes) = (unreachable.count, unreachable.reduce(0) { $0 + $1.bytes })
    }

    /// Each thing on a line.
    var lines: [String] {
        workspaces.sorted { $0.key < $1.key }.map { "workspace of \($0.key): \($0.value) bytes" }
            + sessions.map { "files of the checkpoints of \($0)" }
            + (objects == 0 ? [] : ["\(objects) objects that nothing names: \(objectBytes) bytes"])
    }

    func value(isDryRun: Bool) -> JSONValue {
        [
            "dryRun": .bool(isDryRun), "bytes": .int(bytes), "objects": .int(Int64(objects)),
            "objectBytes": .int(objectBytes),
            "workspaces": .array(
                workspaces.sorted { $0.key < $1.key }.map {
                    ["sessionId": .string($0.key.rawValue), "bytes": .int($0.value)]
                }),
            "sessions": .array(sessions.map { .string($0.rawValue) }),
            "lines": .array(lines.map { .string($0) }),
        ]
    }
}

/// The addresses in a text: every run of exactly 64 lower-case hexadecimal digits.
///
/// An event may name objects anywhere in its fields, so none is overlooked where the fields change.
func addresses(in text: String, _ body: (ArraySlice<UInt8>) -> Void) {
    let bytes = Array(text.utf8)
    var start = 0
    for index in 0...bytes.count {
        if index < bytes.count, isHex(bytes[index]) { continue }
        if index - start == 64 { body(bytes[start..<index]) }
        start = index + 1
    }
}

private func isHex(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
