import AgentOSCore
import Glibc
import ObjectStore
import Tools
import Workspaces

/// The files of sessions, on disk.
struct LiveBench: Sendable {
    let paths: SessionPaths
    let store: ObjectStore
    let locks: SessionLocks
    let policy: WorkspacePolicy

    var port: Workbench {
        Workbench(
            make: make, snapshot: snapshot, restore: restore, diff: diff,
            settle: { _ = try await locks.take($0) }, earlierHost: { await locks.earlier($0) },
            letGo: { locks.letGo() })
    }

    /// The workspace of a session whose base is known.
    func workspace(_ session: Session) throws(Fault) -> Workspace {
        guard let base = session.base else {
            throw Fault.refused(
                "\(session.id) has no workspace yet", hint: "start it: agentos session start \(session.id)")
        }
        var root = paths.workspace(session.id)
        if case .inplace = base.spec, let source = base.source { root = source }
        return Workspace(
            root: root, base: base, store: store, cache: paths.cache(session.id),
            include: session.config.deliverables,
            caps: policy.caps)
    }

    /// The workspace, made again from the last checkpoint where it was cleared.
    func present(_ session: Session) async throws -> Workspace {
        let workspace = try workspace(session)
        guard session.isWorkspaceCleared, access(workspace.root, F_OK) != 0,
            let last = session.checkpoints.last
        else { return workspace }
        if session.areCheckpointsCleared, !store.holds(last.tree) { throw clearedFault(session.id) }
        let store = store
        try await Blocking.value {
            try Workspace.remove(at: workspace.root)
            try Workspace.lay(last.tree, of: store, at: workspace.root)
        }
        return workspace
    }

    /// A folder that was named, else that of the session.
    func root(_ named: String?, of session: Session) async throws -> String {
        if let named { return named }
        return try await present(session).root
    }

    private func make(_ session: Session) async throws -> WorkspaceBase {
        _ = try await locks.take(session.id)
        let path = paths.workspace(session.id)
        try await Blocking.value {
            try makeFolder(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
            try Workspace.remove(at: path)
        }
        if let fork = session.fork {
            let store = store
            _ = try await Blocking.value { try Workspace.lay(fork.tree, of: store, at: path) }
            return fork.base
        }
        return try await Workspace.create(
            session.config.workspace, at: path, store: store, cache: paths.cache(session.id),
            include: session.config.deliverables, policy: policy
        ).base
    }

    private func snapshot(_ session: Session) async throws -> Workbench.Taken {
        var workspace = try await present(session)
        // How much an agent may make bounds its work, not what a person does with it: a rollback keeps everything.
        if !session.state.isWorking { workspace.caps.grownFiles = .max }
        var notes: [String] = []
        var snapshot = try await Blocking.value { [workspace] in try workspace.snapshot() }
        let back = try await putBack(snapshot.tree, in: workspace, session)
        if !back.isEmpty {
            notes.append(
                counted(
                    back.count, one: "path that must not change was put back",
                    many: "paths that must not change were put back") + ": \(shown(back))")
            snapshot = try await Blocking.value { [workspace] in try workspace.snapshot() }
        }
        let quarantined = try await quarantined(snapshot.tree, session)
        if quarantined != session.checkpoints.last?.quarantined ?? [] {
            notes.append(
                counted(
                    quarantined.count, one: "path that runs by itself is quarantined",
                    many: "paths that run by themselves are quarantined") + ": "
                    + (quarantined.isEmpty ? "none any more" : quarantined.prefix(3).joined(separator: ", ")))
        }
        if !snapshot.oversize.isEmpty {
            notes.append(
                counted(
                    snapshot.oversize.count, one: "file over the size cap is not kept",
                    many: "files over the size cap are not kept") + ": \(shown(snapshot.oversize))"
            )
        }
        if !snapshot.skipped.isEmpty {
            notes.append(
                counted(
                    snapshot.skipped.count,
                    one: "pipe, device, unreadable file or folder too deep is left out",
                    many: "pipes, devices, unreadable files or folders too deep are left out")
                    + ": \(shown(snapshot.skipped))"
            )
        }
        return Workbench.Taken(
            tree: snapshot.tree, files: snapshot.files, notes: notes,
            quarantined: quarantined.isEmpty ? nil : quarantined)
    }

    /// While the agent works, hooks and configuration that were there at the start stay as they were; where the layer
    /// cannot make them read-only (Landlock), this is what holds them.
    private func putBack(_ tree: TreeID, in workspace: Workspace, _ session: Session) async throws
        -> [TreePath]
    {
        guard session.state.isWorking, let start = session.startTree, start != tree else {
            return []
        }
        if case .inplace = workspace.base.spec { return [] }
        return try await Blocking.value {
            try workspace.putBack(tree, asIn: start) { ProtectedPaths.contains($0.description) }
        }
    }

    /// What in a tree is set apart: the first 200 paths.
    private func quarantined(_ tree: TreeID, _ session: Session) async throws -> [String] {
        guard let start = session.startTree, start != tree else { return [] }
        if let last = session.checkpoints.last, last.tree == tree { return last.quarantined ?? [] }
        let inner = session.config.workspace.internalPaths
        let found = try await Blocking.value {
            try Quarantine(from: start, to: tree, in: store, leavingOut: inner).paths
        }
        return found.prefix(200).map(\.description)
    }

    private func shown(_ paths: [TreePath]) -> String {
        paths.prefix(3).map(\.description).joined(separator: ", ")
    }

    private func restore(_ session: Session, _ tree: TreeID) async throws -> Int {
        if session.areCheckpointsCleared, !store.holds(tree) { throw clearedFault(session.id) }
        let workspace = try await present(session)
        let knowing = session.checkpoints.map(\.tree)
        return try await Blocking.value {
            // What the session made since its last checkpoint is its own too, and goes with a restore.
            let now = try workspace.snapshot().tree
            // In a folder of the person's own, only what a checkpoint knew is removed.
            let isOwn = if case .inplace = workspace.base.spec { false } else { true }
            let plan = try workspace.planRestore(to: tree, knowing: knowing + (isOwn ? [now] : []))
            try workspace.restore(plan)
            return plan.writes.count + plan.deletes.count
        }
    }

    private func diff(_ session: Session, _ from: TreeID, _ to: TreeID) async throws -> TreeDiff {
        let (store, leavingOut) = (store, session.config.workspace.internalPaths)
        if session.areCheckpointsCleared, !store.holds(from) || !store.holds(to) {
            throw clearedFault(session.id)
        }
        return try await Blocking.value { try Workspaces.diff(from, to, in: store, leavingOut: leavingOut) }
    }
}
