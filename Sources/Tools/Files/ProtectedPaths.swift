/// Paths in a workspace that other programs run or obey without being asked.
///
/// Hooks, and the configuration of version control, editors and agents: an agent may read and not write them (INV-6).
/// Bubblewrap makes those that exist read-only; the names stand a second time in `protect.c`. Landlock, whose rules only
/// add, cannot: there, and for what bubblewrap's search did not reach, a checkpoint puts them back before it is taken.
public enum ProtectedPaths {
    private static let names: Set<String> = [
        ".husky", ".githooks", ".claude", ".codex", ".cursor", ".gemini", ".agentos", ".mcp.json", ".envrc",
        ".vscode", ".idea",
    ]

    /// Whether the path, relative to the workspace, is one of them or lies in one.
    public static func contains(_ path: String) -> Bool {
        let parts = path.split(separator: "/").filter { $0 != "." }.map { $0.lowercased() }
        if parts.contains(where: names.contains) { return true }
        guard let git = parts.lastIndex(of: ".git") else { return false }
        let inside = parts[(git + 1)...]
        return inside.isEmpty || inside.first == "hooks" || inside.first == "config"
            || inside.last == "config"
            || inside.contains("hooks")
    }
}
