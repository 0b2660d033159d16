import AgentOSCore
import Glibc
import ObjectStore

/// Takes the result of a session out of its workspace (INV-6): the only way by which a source changes.
///
/// First a plan, which writes nothing outside of the object store; then `perform`, which a host that was killed in the
/// middle may do again with the same plan. The record that it returns is what `revert` needs.
public struct Delivery: Sendable {
    /// What the workspace was made from.
    public let base: WorkspaceBase
    /// Where the trees are.
    public let store: ObjectStore
    let git: Git

    /// Delivers results of a workspace; git runs with this environment of the person.
    public init(base: WorkspaceBase, store: ObjectStore, environment: [String: String]) {
        self.base = base
        self.store = store
        git = Git(environment: environment)
    }

    /// The form that is taken when none is named.
    public var usualForm: DeliveryForm { base.git == nil ? .here : .branch(nil) }

    /// Works out what a delivery will write; conflicts are in the plan, refusals (exit 3) are faults.
    public func plan(_ request: DeliveryRequest) async throws -> DeliveryPlan {
        let form = request.form ?? usualForm
        try await checkForm(form, request.session)
        let all = try changes(to: request.tree)
        let chosen = try DeliveryChoice(request, store).choose(from: all)
        let batch = ObjectBatch(store: store)
        var draft = Draft()
        switch form {
        case .here: try mergeHere(chosen, result: request.tree, batch, &draft)
        case .branch: try await mergeHead(chosen, batch, &draft)
        case .patch:
            for change in chosen { draft.add(change.path, before: change.before, after: change.after) }
        }
        let before = try store.putTree(of: draft.before, in: batch)
        let after = try store.putTree(of: draft.after, in: batch)
        try batch.commit()
        var branch: String?
        var isNewBranch = false
        if case .branch(let name) = form {
            let wanted = try await branchName(name, request)
            isNewBranch = try await tip(of: wanted, in: base.git?.top ?? "") == nil
            branch = wanted
        }
        return DeliveryPlan(
            form: form, request: request, branch: branch, isNewBranch: isNewBranch,
            paths: draft.paths.sorted(), before: before.tree,
            after: after.tree, conflicts: draft.conflicts,
            leftOut: Set(all.map(\.path)).subtracting(chosen.map(\.path)).sorted(), count: all.count,
            outward: try outward(chosen))
    }

    /// Carries out a plan.
    ///
    /// A plan with conflicts is a fault with exit 1, and nothing is written.
    ///
    /// For a patch nothing is written either: its text is `patch(_:)`.
    public func perform(_ plan: DeliveryPlan) async throws -> DeliveryRecord {
        if let fault = plan.conflictFault { throw fault }
        var record = DeliveryRecord(
            form: plan.form, source: base.source ?? "", branch: nil, commit: nil, paths: plan.paths,
            before: plan.before,
            after: plan.after, tree: plan.request.tree)
        guard !plan.paths.isEmpty else { return record }
        switch plan.form {
        case .patch: break
        case .here:
            try SourceFolder(record.source, store: store).exchange(
                plan.paths, from: plan.before, to: plan.after)
        case .branch:
            guard let side = base.git, let branch = plan.branch else { throw Self.notGit(base.source) }
            record.source = side.top
            record.branch = branch
            record.commit = try await makeBranch(plan, branch, side)
        }
        return record
    }

    /// Puts back what a delivery did.
    ///
    /// Refused (exit 3) where it has changed since; done already is fine. A record of what was only begun has a branch
    /// that was new, and no commit: the branch goes if this result is its tip.
    public func revert(_ record: DeliveryRecord) async throws {
        guard !record.paths.isEmpty else { return }
        switch record.form {
        case .patch: throw Fault.refused("a patch changes nothing by itself", hint: "run: git apply -R PATCH")
        case .here:
            try SourceFolder(record.source, store: store).exchange(
                record.paths, from: record.after, to: record.before)
        case .branch:
            guard let branch = record.branch else { return }
            guard let commit = record.commit else { return try await removeHalfMade(branch, record) }
            try await removeBranch(branch, commit, record.source)
        }
    }

    /// The links among the changes that can lead out of the folder, with where they lead.
    private func outward(_ changes: [TreeChange]) throws -> [String] {
        try changes.compactMap { change in
            try DeliveryRules.setApart(change.path, change.after, store)?.target.map {
                "\(change.path) -> \(TreePath(bytes: $0))"
            }
        }
    }

    /// The paths that a result changed, without folders and what belongs to the workspace itself.
    func changes(to tree: TreeID) throws -> [TreeChange] {
        let inner = base.spec.internalPaths
        return try store.changes(from: base.tree, to: tree).compactMap { change in
            let before = change.before?.kind == .folder ? nil : change.before
            let after = change.after?.kind == .folder ? nil : change.after
            guard before != nil || after != nil, !EntryMerge.isSame(before, after),
                !inner.contains(where: { change.path.isWithin($0) })
            else { return nil }
            return TreeChange(path: change.path, before: before, after: after)
        }
    }

    private func checkForm(_ form: DeliveryForm, _ session: SessionID) async throws {
        if case .inplace = base.spec {
            throw Fault.refused(
                "session \(session) worked in \(base.source ?? "the folder") itself: its result is there already",
                hint: "put it back with: agentos session rollback \(session)")
        }
        switch form {
        case .patch: return
        case .branch: guard base.git != nil else { throw Self.notGit(base.source) }
        case .here:
            guard let source = base.source else {
                throw Fault.refused(
                    "the session began with an empty folder",
                    hint: "use: agentos session export \(session) --to DIR, or --patch FILE")
            }
            if let side = base.git,
                try await git.ask(in: side.top, ["rev-parse", "--is-bare-repository"]) == "true"
            {
                throw Fault.refused("\(source) is a bare repository, it has no files", hint: "use --branch")
            }
        }
    }

    private static func notGit(_ source: String?) -> Fault {
        .usage(
            "\(source ?? "an empty folder") is not in a git repository",
            hint: source == nil ? "use --patch FILE" : "use --here or --patch FILE")
    }

    /// What a plan gathers.
    struct Draft {
        var paths: [TreePath] = []
        var before: [(path: TreePath, entry: TreeEntry)] = []
        var after: [(path: TreePath, entry: TreeEntry)] = []
        var conflicts: [DeliveryConflict] = []

        mutating func add(_ path: TreePath, before old: TreeEntry?, after new: TreeEntry?) {
            paths.append(path)
            if let old { before.append((path, old)) }
            if let new { after.append((path, new)) }
        }

        mutating func add(_ path: TreePath, now: TreeEntry?, _ merged: EntryMerge) {
            switch merged {
            case .keep: return
            case .set(let entry): add(path, before: now, after: entry)
            case .conflict(let reason, let hunks):
                conflicts.append(DeliveryConflict(path: path, reason: reason, hunks: hunks))
            }
        }
    }

    /// Three-way against the files of the source as they are now.
    private func mergeHere(
        _ changes: [TreeChange], result: TreeID, _ batch: ObjectBatch, _ draft: inout Draft
    ) throws {
        let source = try SourceFolder(base.source ?? "", store: store)
        let removed = Set(changes.filter { $0.after == nil }.map(\.path))
        var old: [TreePath: TreeEntry] = [:]
        var new: [TreePath: TreeEntry] = [:]
        let reading = ObjectBatch(store: store)
        var merges: [(TreeChange, TreeEntry?)] = []
        for change in changes {
            let now = try source.entry(change.path, in: reading)
            if let file = try blocked(change, source, removed, reading) {
                draft.conflicts.append(
                    DeliveryConflict(path: change.path, reason: "'\(file)' is in the way", hunks: []))
                continue
            }
            merges.append((change, now))
            for (path, entry) in try source.ancestors(change.path) { old[path] = entry }
            for path in change.path.ancestors {
                if let entry = try store.entry(at: path, in: result), entry.kind == .folder {
                    new[path] = entry
                }
            }
        }
        try reading.commit()
        for (change, now) in merges {
            let merged = try EntryMerge.merge(
                base: change.before, now: now, session: change.after, store: store, batch: batch)
            draft.add(change.path, now: now, merged)
        }
        draft.before += old.map { ($0.key, $0.value) }
        draft.after += new.map { ($0.key, $0.value) }
    }

    /// A file of the source that stands where a folder is needed, and that this delivery does not remove.
    private func blocked(
        _ change: TreeChange, _ source: SourceFolder, _ removed: Set<TreePath>, _ batch: ObjectBatch
    ) throws -> TreePath? {
        guard change.after != nil else { return nil }
        return try change.path.ancestors.first { ancestor in
            guard !removed.contains(ancestor), let entry = try source.entry(ancestor, in: batch) else {
                return false
            }
            return entry.kind != .folder
        }
    }

    /// Three-way against the files of HEAD as it was at the start, so that uncommitted work of then stays out.
    private func mergeHead(_ changes: [TreeChange], _ batch: ObjectBatch, _ draft: inout Draft) async throws {
        guard let side = base.git else { throw Self.notGit(base.source) }
        var modules: [TreePath] = []
        if let head = side.head {
            guard try await git.ask(in: side.top, ["cat-file", "-e", head + "^{commit}"]) != nil else {
                throw Fault.refused(
                    "commit \(head.prefix(12)), on which the session began, is no longer in \(side.top)",
                    hint: "use --here or --patch FILE")
            }
            modules = try await GitSource.files(
                of: head, in: side.top, prefix: TreePath(side.prefix), git: git
            )
            .filter { $0.mode == "160000" }.map(\.path)
        }
        for change in changes {
            if let module = modules.first(where: { change.path.isWithin($0) }) {
                throw Fault.refused(
                    "'\(change.path)' is in the submodule '\(module)', which a commit here cannot hold",
                    hint: "take it with --here, or leave it out with --only")
            }
            let head = try side.headTree.flatMap { try store.entry(at: change.path, in: $0) }
            let now = head?.kind == .folder ? nil : head
            if now?.kind == .oversize, !EntryMerge.isSame(now, change.before) {
                draft.conflicts.append(
                    DeliveryConflict(
                        path: change.path, reason: "HEAD has it, the work tree did not", hunks: []))
                continue
            }
            // Before the first commit there is nothing that it could be merged with.
            if side.head == nil {
                if change.after != nil { draft.add(change.path, before: nil, after: change.after) }
                continue
            }
            if now == nil, let before = change.before, change.after != nil,
                !EntryMerge.isSame(before, change.after)
            {
                draft.conflicts.append(
                    DeliveryConflict(
                        path: change.path,
                        reason:
                            "it is not in HEAD, so a commit cannot hold just the session's change; --here takes it",
                        hunks: []))
                continue
            }
            let merged = try EntryMerge.merge(
                base: change.before, now: now, session: change.after, store: store, batch: batch)
            draft.add(change.path, now: now, merged)
        }
    }
}
