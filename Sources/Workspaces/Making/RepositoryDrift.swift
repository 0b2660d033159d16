import AgentOSCore

/// What of the repository around a folder in which a session works is not as it was at its start.
///
/// A restore puts files back, never git's HEAD or index: what was committed or staged since stays, and must be told.
public struct RepositoryDrift: Sendable, Hashable {
    /// Where HEAD is and where it was, with the command that puts it back; nil where it has not moved.
    public var head: String?
    /// That what is staged differs; nil where it does not, or nobody knows.
    public var index: String?

    /// A line for each.
    public var lines: [String] { [head, index].compactMap { $0 } }

    /// Looks at the repository of a session that works in the folder itself; for any other nothing differs.
    ///
    /// It only reads, with commands that run nothing that a repository's configuration could name: an agent may have
    /// written there.
    public init(of base: WorkspaceBase, environment: [String: String]) async throws {
        guard case .inplace = base.spec, let side = base.git else { return }
        let git = Git(environment: environment)
        guard let now = try await GitSource(base.source ?? side.top, git) else {
            head = "the repository of \(side.top) is gone; a rollback does not bring it back"
            return
        }
        if now.head != side.head || now.branch != side.branch {
            head =
                "git's HEAD stays where it is: it was \(Self.place(side.branch, side.head)) and is "
                + Self.place(now.branch, now.head) + Self.wayBack(to: side, from: now)
        }
        if let index = side.index, try await now.indexHash() != index {
            self.index = "what is staged in git stays as it is, other than at the start (see: git status)"
        }
    }

    private static func place(_ branch: String?, _ head: String?) -> String {
        let commit = head.map { String($0.prefix(12)) } ?? "without a commit"
        return branch.map { "\($0) \(head == nil ? commit : "at \(commit)")" } ?? "detached at \(commit)"
    }

    /// Only commands that change no file.
    private static func wayBack(to side: WorkspaceBase.Git, from now: GitSource) -> String {
        guard let head = side.head, side.branch == now.branch else { return "" }
        return "; back: git reset --soft \(head.prefix(12))"
    }
}
