import AgentOSCore
import ObjectStore

/// What may not be delivered, or only when it is named.
enum DeliveryRules {
    /// Folders whose content runs by itself, or tells other programs what to run.
    private static let folders: Set<String> = [
        ".husky", ".githooks", ".hooks", ".circleci", ".buildkite", ".forgejo", ".gitea", ".woodpecker",
        ".vscode", ".idea",
        ".devcontainer", ".zed", ".fleet", ".claude", ".codex", ".cursor", ".gemini", ".windsurf",
        ".continue", ".aider",
        ".roo", ".kilocode", ".opencode", ".agentos",
    ]
    /// Files that run by themselves, or tell other programs what to run.
    private static let files: Set<String> = [
        ".envrc", ".gitlab-ci.yml", ".gitlab-ci.yaml", ".travis.yml", "appveyor.yml", ".appveyor.yml",
        "azure-pipelines.yml",
        "bitbucket-pipelines.yml", ".drone.yml", ".woodpecker.yml", ".cirrus.yml", "jenkinsfile",
        ".pre-commit-config.yaml",
        "lefthook.yml", ".lefthook.yml", "lefthook.yaml", ".gitmodules", ".gitconfig", ".lfsconfig",
        ".mcp.json", ".cursorrules",
        ".windsurfrules", ".clinerules", ".aider.conf.yml", ".devcontainer.json", ".autoenv", ".exrc",
        ".nvimrc", ".vimrc",
        ".lvimrc", ".dir-locals.el",
    ]
    /// Folders within `.github` whose content runs by itself.
    private static let github: Set<String> = ["workflows", "actions"]

    /// The name by which a path runs by itself; nil for an ordinary file.
    static func selfRunning(_ path: TreePath) -> [UInt8]? {
        let names = path.names
        for (index, name) in names.enumerated() {
            let text = String(decoding: name, as: UTF8.self).lowercased()
            let isLast = index == names.count - 1
            if isLast ? files.contains(text) || folders.contains(text) : folders.contains(text) {
                return name
            }
            if text == ".github", index + 1 < names.count,
                github.contains(String(decoding: names[index + 1], as: UTF8.self).lowercased())
            {
                return names[index + 1]
            }
        }
        return nil
    }

    /// Whether a path is delivered only when it is named, or not at all.
    static func isSetApart(_ path: TreePath) -> Bool { isGitInternal(path) || selfRunning(path) != nil }

    /// Whether git, on any file system, could take a name of the path for its own folder.
    static func isGitInternal(_ path: TreePath) -> Bool { gitFolder(of: path) != nil }

    /// The path down to the name that git, on any file system, could take for its own folder.
    static func gitFolder(of path: TreePath) -> TreePath? {
        let names = path.names
        let found = names.firstIndex { name in
            var text = String(
                String.UnicodeScalarView(
                    String(decoding: name, as: UTF8.self).unicodeScalars.filter { !SafeText.isUnsafe($0) })
            )
            .lowercased()[...]
            while let last = text.last, last == "." || last == " " { text.removeLast() }
            return text == ".git" || text == "git~1" || text.hasPrefix(".git:")
        }
        return found.map { TreePath(bytes: Array(names[...$0].joined(separator: [0x2F]))) }
    }

    /// Refuses what no delivery writes, and what runs by itself unless a glob names it.
    static func check(_ changes: [TreeChange], only: [Glob]) throws {
        func list(_ paths: [TreePath]) -> String {
            paths.prefix(10).map(\.description).joined(separator: ", ")
                + (paths.count > 10 ? ", … (\(paths.count))" : "")
        }
        let inner = changes.map(\.path).filter { isGitInternal($0) || !$0.isPlain }
        guard inner.isEmpty else {
            throw Fault.refused(
                "the result holds what is never delivered, git's own files: \(list(inner))",
                hint: "take the rest with --only")
        }
        let running = changes.map(\.path).filter { path in
            guard let name = selfRunning(path) else { return false }
            return !only.contains { $0.matches(path) && $0.names(name) }
        }
        guard running.isEmpty else {
            throw Fault.refused(
                "the result holds files that run by themselves: \(list(running))",
                hint: "look at them, then name what you want with --only GLOB…")
        }
        let large = changes.filter { $0.after?.kind == .oversize }.map(\.path)
        guard large.isEmpty else {
            throw Fault.refused(
                "the result holds files over the size cap, whose bytes were not kept: \(list(large))",
                hint: "copy them from the workspace yourself and take the rest with --only")
        }
    }

    /// `agentos/NAME-ID`, with only what a branch may have of the name.
    static func branchName(_ request: DeliveryRequest) -> String {
        var name = ""
        for scalar in request.name.unicodeScalars.prefix(60) {
            let isPlain =
                scalar.isASCII
                && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_")
            if isPlain {
                name.unicodeScalars.append(scalar)
            } else if !name.hasSuffix("-"), !name.isEmpty {
                name += "-"
            }
        }
        while name.hasSuffix("-") { name.removeLast() }
        return "agentos/\(name.isEmpty ? "session" : name)-\(request.session)"
    }
}
