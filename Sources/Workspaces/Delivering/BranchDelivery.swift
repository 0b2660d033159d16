import AgentOSCore
import ObjectStore

extension Delivery {
    /// The branch's name after checking that git takes it as one.
    ///
    /// Names that git would read as something else (HEAD, @, a full reference, an option, `@{-1}`) are refused.
    func branchName(_ name: String?, _ request: DeliveryRequest) async throws -> String {
        guard let side = base.git else { return "" }
        let wanted = name ?? DeliveryRules.branchName(request)
        guard !["HEAD", "@"].contains(wanted), !wanted.hasPrefix("-"), !wanted.hasPrefix("refs/"),
            try await git.ask(in: side.top, ["check-ref-format", "--branch", wanted]) == wanted
        else {
            throw Fault.usage("'\(wanted)' cannot name a branch", hint: "use letters, digits, - and /")
        }
        return wanted
    }

    /// Makes the commit in a scratch folder, moves its objects into the repository, and then makes the branch.
    ///
    /// Neither HEAD, index, files nor stash is touched and no hook runs. A branch that is there already must be this very
    /// commit.
    func makeBranch(_ plan: DeliveryPlan, _ branch: String, _ side: WorkspaceBase.Git) async throws -> String
    {
        let prefix = TreePath(side.prefix)
        let (commit, pack) = try await GitScratch.with(side.top, git: git, store: store) { scratch in
            if let head = side.head { try await scratch.check(["read-tree", head]) }
            var entries: [TreePath: TreeEntry] = [:]
            for (path, entry) in try store.entries(of: plan.after) where entry.kind != .folder {
                entries[path] = entry
            }
            let files = plan.paths.compactMap { path in entries[path].map { (path: path, entry: $0) } }
            let ids = try await scratch.hash(files, attributes: prefix)
            let tree = try await scratch.tree(plan.paths, entries, ids, prefix: prefix)
            let date = "\(plan.request.date) +0000"
            let parents = side.head.map { ["-p", $0] } ?? []
            let commit = try await scratch.check(
                ["commit-tree", tree] + parents + ["-F", "-"], input: message(plan.request),
                with: ["GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date]
            ).line
            let wanted = commit + "\n" + (side.head.map { "^\($0)\n" } ?? "")
            let pack = try await scratch.check(
                ["pack-objects", "--revs", "--stdout", "-q"], input: Array(wanted.utf8))
            return (commit, pack.bytes)
        }
        try await git.check(in: side.top, ["unpack-objects", "-q"], input: pack)
        let reference = "refs/heads/" + branch
        let none = String(repeating: "0", count: commit.utf8.count)
        let made = try await git.run(
            in: side.top,
            ["update-ref", "-m", "agentos: session \(plan.request.session)", reference, commit, none].map {
                Array($0.utf8)
            })
        if made.status != 0 {
            guard let there = try await tip(of: branch, in: side.top) else {
                throw Git.fault("update-ref", side.top, made)
            }
            guard there == commit else {
                throw Fault.refused(
                    "branch \(branch) exists already in \(side.top) (\(there.prefix(12)))",
                    hint: "name another with --branch NAME")
            }
        }
        return commit
    }

    private func message(_ request: DeliveryRequest) -> [UInt8] {
        let words = SafeText(request.subject.split(whereSeparator: \.isWhitespace).joined(separator: " "))
            .text
        let subject = words.count > 72 ? words.prefix(71) + "…" : words[...]
        return Array(
            """
            \(subject.isEmpty ? "Result of session \(request.session)" : subject)

            AgentOS-Session: \(request.session)
            AgentOS-Tree: \(request.tree)
            AgentOS-Audit: \(request.audit)

            """.utf8)
    }

    /// The commit that a branch is at; nil without such a branch.
    func tip(of branch: String, in top: String) async throws -> String? {
        try await git.ask(in: top, ["rev-parse", "--verify", "--quiet", "refs/heads/" + branch])
    }

    /// Removes a branch that a delivery made whose host ended before it could say so.
    ///
    /// Only what the delivery itself makes is taken for its own: the trailer of the tree, the base's head alone as parent,
    /// and its date as both author's and committer's. Whoever amends, rebases or adds to it makes another commit, which
    /// stays.
    func removeHalfMade(_ branch: String, _ record: DeliveryRecord) async throws {
        guard let there = try await tip(of: branch, in: record.source),
            let told = try await git.ask(
                in: record.source,
                [
                    "log", "-1", "--no-show-signature",
                    "--format=%at %ct [%P] %(trailers:key=AgentOS-Tree,valueonly)", there,
                ])
        else { return }
        let words = told.split(whereSeparator: \.isWhitespace).map { String($0) }
        guard words.count == 4, words[3] == record.tree.rawValue, words[0] == words[1],
            words[2] == "[\(base.git?.head ?? "")]",
            record.date.map({ String($0) == words[1] }) ?? true
        else { return }
        try await removeBranch(branch, there, record.source)
    }

    /// Removes the branch if it is still our commit and nobody works on it.
    func removeBranch(_ branch: String, _ commit: String, _ top: String) async throws {
        let reference = "refs/heads/" + branch
        guard let there = try await tip(of: branch, in: top) else { return }
        guard there == commit else {
            throw Fault.refused(
                "branch \(branch) has moved on to \(there.prefix(12)) since it was made",
                hint: "keep it, or remove it yourself with: git branch -D \(branch)")
        }
        let checkedOut = try await git.check(
            in: top, ["for-each-ref", "--format=%(worktreepath)", reference]
        ).line
        guard checkedOut.isEmpty else {
            throw Fault.refused(
                "branch \(branch) is checked out in \(checkedOut)", hint: "switch to another branch first")
        }
        try await git.check(in: top, ["update-ref", "-d", reference, commit])
    }

    /// The text of a patch from the base to the result, as `git apply` takes it in the source's folder; binary files
    /// and modes included.
    public func patch(_ plan: DeliveryPlan) async throws -> [UInt8] {
        guard !plan.paths.isEmpty else { return [] }
        return try await GitScratch.with(nil, git: git, store: store) { scratch in
            var trees: [String] = []
            for side in [plan.before, plan.after] {
                let files = try store.entries(of: side).filter { $0.entry.kind != .folder }
                let ids = try await scratch.hash(files, attributes: nil)
                try await scratch.check(["read-tree", "--empty"])
                let entries = Dictionary(files.map { ($0.path, $0.entry) }, uniquingKeysWith: { $1 })
                trees.append(try await scratch.tree(files.map(\.path), entries, ids, prefix: .root))
            }
            return try await scratch.check(
                [
                    "diff-tree", "-p", "-r", "--binary", "--full-index", "--no-renames", "--no-ext-diff",
                    "--no-textconv",
                ] + trees
            ).bytes
        }
    }
}
