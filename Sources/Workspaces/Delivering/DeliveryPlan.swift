import AgentOSCore
import ObjectStore

/// How a result is taken.
public enum DeliveryForm: Sendable, Hashable, Codable {
    /// One commit on a branch; nil names it `agentos/NAME-ID`.
    case branch(String?)
    /// Into the files of the source, unstaged.
    case here
    /// As a patch that `git apply` takes.
    case patch
}

/// What is to be delivered, and what the commit says.
public struct DeliveryRequest: Sendable, Hashable {
    /// How it is taken; nil for a branch where the source is in git, else `here`.
    public var form: DeliveryForm?
    /// Only paths that one of these globs means; empty for all.
    public var only: [String] = []
    /// The command that asks for it, for advice: `session apply ID`.
    public var command: String
    /// Whose result it is.
    public var session: SessionID
    /// The name of the session.
    public var name: String
    /// The result: the tree of the session's last checkpoint.
    public var tree: TreeID
    /// The hash of the session's last entry in the log, for the trailer `AgentOS-Audit`.
    public var audit: String
    /// The first line of the commit's message.
    public var subject: String
    /// The moment of the commit.
    ///
    /// The same request makes the same commit again.
    public var at: Timestamp
    /// The seconds since 1970 that a commit is dated with.
    public var date: Int64 { at.milliseconds / 1000 }

    /// A request for the usual form of all files.
    public init(
        session: SessionID, name: String, tree: TreeID, audit: String, subject: String, at: Timestamp,
        form: DeliveryForm? = nil, only: [String] = [], command: String? = nil
    ) {
        self.session = session
        self.command = command ?? "session apply \(session)"
        self.name = name
        self.tree = tree
        self.audit = audit
        self.subject = subject
        self.at = at
        self.form = form
        self.only = only
    }
}

/// A path on which source and session disagree.
public struct DeliveryConflict: Sendable, Hashable, Codable {
    /// Where.
    public var path: TreePath
    /// Why, in a few words.
    public var reason: String
    /// The lines, where both are text.
    public var hunks: [ConflictHunk]
}

/// What a delivery will write, before anything is written.
///
/// Making it writes nothing outside of the object store, in which it keeps what it would overwrite.
public struct DeliveryPlan: Sendable, Hashable {
    /// How it is taken.
    public let form: DeliveryForm
    /// The request that it answers.
    public let request: DeliveryRequest
    /// The branch that it makes.
    public let branch: String?
    /// Whether nothing has that branch's name yet.
    public let isNewBranch: Bool
    /// What it writes and removes, in order.
    public let paths: [TreePath]
    /// What these paths hold now, as a tree of just them.
    public let before: TreeID
    /// What they will hold.
    public let after: TreeID
    /// Where source and session disagree; with any, nothing can be delivered.
    public let conflicts: [DeliveryConflict]
    /// Paths that the session changed and the globs leave out.
    public let leftOut: [TreePath]
    /// How many paths the session changed.
    public let count: Int
    /// Links that it writes and that can lead out of the folder, with where they lead.
    public let outward: [String]

    /// Whether the source has it all already.
    public var isEmpty: Bool { paths.isEmpty && conflicts.isEmpty }

    /// The fault of a plan with conflicts, which names files and lines (exit 1); nil without.
    public var conflictFault: Fault? {
        guard !conflicts.isEmpty else { return nil }
        let shown = conflicts.prefix(20).map { conflict in
            let lines = conflict.hunks.map { hunk in
                hunk.count <= 1 ? "line \(hunk.line)" : "lines \(hunk.line)-\(hunk.line + hunk.count - 1)"
            }
            return "\(conflict.path): \(([conflict.reason] + lines).joined(separator: ", "))"
        }
        let more = conflicts.count > 20 ? ["\(conflicts.count - 20) more"] : []
        return Fault.failed(
            "session \(request.session) conflicts with the source in \((shown + more).joined(separator: " · ")); nothing was written",
            hint: "settle these in the source, take the rest with --only, or take a --patch")
    }
}

/// What a delivery did: all that is needed to put it back.
///
/// Kept in the log.
public struct DeliveryRecord: Sendable, Hashable, Codable {
    /// How it was taken.
    public var form: DeliveryForm
    /// The folder that was written to, or the top of the repository.
    public var source: String
    /// The branch.
    public var branch: String?
    /// The commit; nil before it is made.
    public var commit: String?
    /// What was written and removed.
    public var paths: [TreePath]
    /// What these paths held, as a tree of just them; the object store keeps it.
    public var before: TreeID
    /// What they were made to hold.
    public var after: TreeID
    /// The result that it came from.
    public var tree: TreeID
    /// What of the result has not been taken since; nil for nothing.
    public var waits: [TreePath]?
    /// The seconds since 1970 that its commit is dated with, as author and as committer.
    public var date: Int64?

    /// What a delivery did, or is about to do.
    public init(
        form: DeliveryForm, source: String, branch: String?, commit: String?, paths: [TreePath],
        before: TreeID,
        after: TreeID, tree: TreeID, date: Int64? = nil
    ) {
        self.date = date
        self.form = form
        self.source = source
        self.branch = branch
        self.commit = commit
        self.paths = paths
        self.before = before
        self.after = after
        self.tree = tree
    }
}
