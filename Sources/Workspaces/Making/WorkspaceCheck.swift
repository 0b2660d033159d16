import AgentOSCore

extension Workspace {
    /// Refuses what `create` would refuse, and makes nothing: a missing, unreadable or wrong source is a fault with exit
    /// 2, a forbidden one or one over the caps with exit 3.
    public static func check(_ spec: WorkspaceSpec, policy: WorkspacePolicy) async throws {
        let git = Git(environment: policy.environment)
        switch spec {
        case .empty: return
        case .worktree(let path): _ = try policy.source(path)
        case .inplace(let path):
            _ = try await SourceListing.of(policy.source(path), include: [], caps: policy.caps, git: git)
        case .copy(let path, let include):
            _ = try await SourceListing.of(
                policy.source(path), include: include.map(Glob.init), caps: policy.caps, git: git)
        }
    }
}
