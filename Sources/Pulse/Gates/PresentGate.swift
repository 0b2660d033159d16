import AgentOSCore
import ObjectStore
import Workspaces

/// Whether for each glob there is something in a tree.
func verdict(on globs: [String], in paths: [TreePath]) -> GateVerdict {
    let missing = globs.filter { text in
        let glob = Glob(text)
        return !paths.contains { glob.matches($0) }
    }
    let lines = globs.map { "\(quotedPath($0)): \(missing.contains($0) ? "missing" : "there")" }
    guard !missing.isEmpty else { return GateVerdict(reason: nil, output: lines.joined(separator: "\n")) }
    let names = missing.prefix(8).map { quotedPath($0) } + (missing.count > 8 ? ["…"] : [])
    return GateVerdict(
        reason: "missing: \(names.joined(separator: ", "))", output: lines.joined(separator: "\n"))
}
