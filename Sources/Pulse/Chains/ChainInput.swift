import AgentOSCore
import ObjectStore
import Workspaces

/// What a chain needs of the files of its steps.
struct ChainFiles: Sendable {
    /// The bytes of a file of a tree; nil without such a file, or one larger than the limit.
    var read: @Sendable (TreeID, String, Int) async throws -> [UInt8]?
    /// Merges two trees that come from one.
    var merge: @Sendable (TreeMergeRequest) async throws -> TreeMerge
    /// Names the files that a workspace would be made of now; nil where nothing can be said.
    var source: @Sendable (SessionConfig) async throws -> String?
    /// Names the files that a workspace was made of; nil where nothing can be said.
    var made: @Sendable (WorkspaceBase) async throws -> String?
    /// Whether a tree is in the store.
    var has: @Sendable (TreeID) -> Bool
}

/// Two trees to be merged.
struct TreeMergeRequest: Sendable {
    var base: TreeID
    var ours: TreeID
    var theirs: TreeID
    var prefer: TreeMerge.Side?
    var leavingOut: [TreePath]
}

/// The files that a step begins with.
enum StepInput: Sendable {
    /// It makes its own workspace.
    case own
    /// These, handed on by the steps before it.
    case handed(tree: TreeID, origin: WorkspaceBase)
    /// The steps before it changed the same: a text for a person.
    case conflict(String)
    /// There is nothing to begin with.
    case missing(String)
}

extension Chain {
    /// What a step left, with the step that it comes from.
    struct Source {
        var step: String
        var product: StepProduct
    }

    /// What the steps left that a step takes its files from, in the order of its list.
    func sources(of step: ChainStep) -> [Source] {
        step.from.flatMap { name in
            runs(of: name).compactMap { run in
                guard let product = run.product, run.result != nil else { return nil }
                return Source(step: name, product: product)
            }
        }
    }

    /// The trees from which a step's files come, the nearest first.
    func lineage(of source: Source) -> [TreeID] {
        var found: [TreeID] = []
        var open = [source]
        var seen: Set<String> = []
        while !open.isEmpty {
            let next = open.removeFirst()
            found += [next.product.tree, next.product.start]
            if seen.insert(next.step).inserted, let step = config.step(next.step) {
                open += sources(of: step)
            }
        }
        return found + [source.product.base.tree]
    }

    /// The nearest tree from which both come.
    func commonBase(_ left: Source, _ right: Source) -> TreeID {
        let others = Set(lineage(of: right))
        return lineage(of: left).first(where: others.contains) ?? left.product.base.tree
    }

    /// The files of several steps as one.
    func merged(_ sources: [Source], _ files: ChainFiles) async throws -> StepInput {
        guard var first = sources.first else { return .own }
        var done = [first]
        for source in sources.dropFirst()
        where !done.contains(where: { $0.product.tree == source.product.tree }) {
            if let other = source.product.base.source, let own = first.product.base.source, other != own {
                return .missing(
                    "\(first.step) and \(source.step) work on different folders, \(own) and \(other)")
            }
            let base = commonBase(done[0], source)
            let result = try await files.merge(
                TreeMergeRequest(
                    base: base, ours: first.product.tree, theirs: source.product.tree,
                    prefer: prefer.flatMap { name in
                        name == source.step ? .theirs : done.contains { $0.step == name } ? .ours : nil
                    },
                    leavingOut: first.product.base.spec.internalPaths))
            guard result.conflicts.isEmpty else {
                return .conflict(conflictText(done.map(\.step), source.step, result.conflicts))
            }
            // The one that has a source gives the merged files theirs.
            if first.product.base.source == nil { first.product.base = source.product.base }
            first.product.tree = result.tree
            done.append(source)
        }
        return .handed(tree: first.product.tree, origin: first.product.base)
    }

    private func conflictText(_ ours: [String], _ theirs: String, _ conflicts: [DeliveryConflict]) -> String {
        let shown = conflicts.prefix(8).map { conflict in
            let lines = conflict.hunks.first.map { " line \($0.line)" } ?? ""
            return "\(quotedPath("\(conflict.path)"))\(lines)"
        }
        let more = conflicts.count > 8 ? [" and \(conflicts.count - 8) more"] : []
        var steps: [String] = []
        for name in ours where !steps.contains(name) { steps.append(name) }
        return "\(theirs) and \(steps.joined(separator: ", ")) changed the same in "
            + (shown + more).joined(separator: ", ")
    }
}

extension WorkspaceBase {
    /// What the files come from at the beginning of the chain.
    var root: WorkspaceBase {
        if case .handed(_, let origin) = spec { return origin.root }
        return self
    }
}

extension SessionConfig {
    /// What binds a green step: the session without what tells only who runs it.
    func key(input: String, outputs: StepOutputs?) throws -> String {
        var plain = self
        (plain.chain, plain.record, plain.name) = (nil, nil, "")
        if case .handed = workspace { plain.workspace = .empty }
        let parts: JSONValue = .array([
            try JSONText.value(plain), .string(input), try outputs.map { try JSONText.value($0) } ?? .null,
        ])
        return Digest(hashing: try JSONText.encode(parts)).hex
    }
}
