import AgentOSCore

extension Workspace {
    /// Refuses what `create` would refuse, and makes nothing: a missing, unreadable or wrong source is a fault with exit
    /// 2, a forbidden one or one over the caps with exit 3.
    public static func check(_ spec: WorkspaceSpec, policy: WorkspacePolicy) async throws {
        let git = Git(environment: policy.environment)
        switch spec {
        case .empty, .handed: return
        case .worktree(let path):
            let repository = try await GitSource.toClone(policy.source(path), policy: policy, git)
            guard !repository.isBare else { return }
            _ = try await SourceListing.of(repository.top, include: [], caps: policy.caps, git: git)
        case .inplace(let path):
            let source = try policy.source(path)
            _ = try await GitSource.withFiles(source, insteadOf: "inplace:", git)
            _ = try await SourceListing.of(source, include: [], caps: policy.caps, git: git)
        case .copy(let path, let include):
            let source = try policy.source(path)
            _ = try await GitSource.withFiles(source, insteadOf: "copy:", git)
            _ = try await SourceListing.of(
                source, include: include.map(Glob.init), caps: policy.caps, git: git)
        }
    }
}

extension GitSource {
    /// The repository of a folder whose files are taken; nil outside of git.
    ///
    /// A bare one has none: refused.
    static func withFiles(_ source: String, insteadOf form: String, _ git: Git) async throws -> GitSource? {
        let repository = try await GitSource(source, git)
        guard repository?.isBare != true else {
            throw Fault.refused(
                "workspace \(source) is a bare repository", hint: "use worktree: instead of \(form)")
        }
        return repository
    }

    /// The whole repository that a folder is in, for a clone; its top must be allowed as a source too.
    static func toClone(_ source: String, policy: WorkspacePolicy, _ git: Git) async throws -> GitSource {
        guard let repository = try await GitSource(source, git) else {
            throw Fault.usage(
                "workspace \(source) is not in a git repository", hint: "use copy: instead of worktree:")
        }
        _ = try policy.source(repository.top)
        return repository.ofWholeRepository
    }
}
