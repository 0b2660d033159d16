import AgentOSCore
import ObjectStore
import Workspaces

/// What a gate that needs no process found.
struct GateVerdict: Hashable, Sendable {
    /// Why it is red, in one line; nil is green.
    var reason: String?
    /// What it saw, for the agent and the person.
    var output: String
}

/// Whether a session's changes stay within limits.
func verdict(of limits: DiffLimits, on diff: TreeDiff) -> GateVerdict {
    var reasons: [String] = []
    if let most = limits.maxFiles, diff.files.count > most {
        reasons.append("\(counted(diff.files.count, "file")) changed, at most \(most) allowed")
    }
    let lines = diff.added + diff.removed
    if let most = limits.maxLines, lines > most {
        reasons.append("\(counted(lines, "line")) changed, at most \(most) allowed")
    }
    let globs = limits.only.map { Glob($0) }
    let outside =
        globs.isEmpty
        ? []
        : diff.files.filter { file in
            let path = TreePath(file.path)
            return !globs.contains { $0.matches(path) }
        }
    if let first = outside.first {
        let more = outside.count > 1 ? " and \(outside.count - 1) more" : ""
        reasons.append("\(quotedPath(first.path))\(more) is outside \(limits.only.joined(separator: ", "))")
    }
    let list = diff.files.prefix(200).map {
        "\($0.change.rawValue) \(quotedPath($0.path)) +\($0.added) -\($0.removed)"
    }
    let rest = diff.files.count > 200 ? ["… and \(diff.files.count - 200) more"] : []
    return GateVerdict(
        reason: reasons.isEmpty ? nil : reasons.joined(separator: "; "),
        output: (["\(counted(diff.files.count, "file")), +\(diff.added) -\(diff.removed)"] + list + rest)
            .joined(separator: "\n"))
}
