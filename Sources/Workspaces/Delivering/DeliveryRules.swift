import AgentOSCore
import ObjectStore

/// What may not be delivered, or only when it is named.
enum DeliveryRules {
    /// Names that run by themselves, or tell other programs or agents what to do without being asked: folders with all in
    /// them, and files.
    private static let names: Set<String> = Set(
        """
        .husky .githooks .hooks .circleci .buildkite .forgejo .gitea .woodpecker .vscode .idea .devcontainer .zed .fleet
        .nova .claude .codex .cursor .gemini .windsurf .continue .aider .roo .kilocode .opencode .agentos .agents .junie
        .kiro .amazonq .augment .qwen .trae .crush .mise .yarn
        .envrc .autoenv .direnvrc .gitlab-ci.yml .gitlab-ci.yaml .travis.yml appveyor.yml .appveyor.yml
        azure-pipelines.yml bitbucket-pipelines.yml .drone.yml .woodpecker.yml .woodpecker.yaml .cirrus.yml jenkinsfile
        .pre-commit-config.yaml lefthook.yml .lefthook.yml lefthook.yaml .lefthook.yaml lefthook.toml .lefthook.toml
        .gitmodules .gitconfig .lfsconfig .mcp.json .devcontainer.json .exrc .nvimrc .nvim.lua .vimrc .lvimrc
        .dir-locals.el .gdbinit .lldbinit .npmrc .yarnrc .yarnrc.yml .pnpmfile.cjs .bazelrc .mise.toml mise.toml
        .mise.local.toml mise.local.toml .rtx.toml
        agents.md agents.override.md agent.md claude.md claude.local.md gemini.md qwen.md warp.md crush.md .rules
        .cursorrules .windsurfrules .clinerules .roorules .goosehints .aider.conf.yml
        """.split(whereSeparator: \.isWhitespace).map(String.init))
    /// Names that do so within one folder: `.github/workflows`, `.cargo/config.toml`.
    private static let inFolder: [String: Set<String>] = [
        ".github": [
            "workflows", "actions", "copilot-instructions.md", "instructions", "prompts", "chatmodes",
            "agents",
            "hooks",
        ],
        ".cargo": ["config", "config.toml"],
        ".config": ["mise", "mise.toml", "mise.local.toml"],
    ]

    /// The name by which a path runs by itself; nil for an ordinary file.
    static func selfRunning(_ path: TreePath) -> [UInt8]? {
        selfRunningIndex(path).map { path.names[$0] }
    }

    private static func selfRunningIndex(_ path: TreePath) -> Int? {
        let names = path.names
        let texts = names.map { String(decoding: $0, as: UTF8.self).lowercased() }
        return texts.indices.first { index in
            Self.names.contains(texts[index])
                || index > 0 && inFolder[texts[index - 1]]?.contains(texts[index]) == true
                || index == texts.count - 1 && texts[index].hasSuffix(".code-workspace")
        }
    }

    /// Whether a link at a path can lead out of the tree: it is absolute, climbs above the root, or climbs after a name,
    /// which may itself be a link.
    static func leadsOut(_ target: [UInt8], at path: TreePath) -> Bool {
        if target.first == 0x2F { return true }
        let parts = target.split(separator: 0x2F).filter { !$0.elementsEqual([0x2E]) }
        let climbs = parts.prefix { $0.elementsEqual([0x2E, 0x2E]) }.count
        return climbs > path.names.count - 1
            || parts.dropFirst(climbs).contains { $0.elementsEqual([0x2E, 0x2E]) }
    }

    /// Why a change is delivered only when it is named.
    struct SetApart {
        /// The place of the name that a glob must spell, among the names of the path.
        let index: Int
        /// Where a link leads that can lead out of the tree; nil for what runs by itself.
        var target: [UInt8]?
    }

    /// Why a change is delivered only when it is named; nil for an ordinary one.
    static func setApart(_ path: TreePath, _ after: TreeEntry?, _ store: ObjectStore) throws -> SetApart? {
        if let after, after.kind == .symlink {
            let target = try store.get(after.digest)
            if leadsOut(target, at: path) { return SetApart(index: path.names.count - 1, target: target) }
        }
        return selfRunningIndex(path).map { SetApart(index: $0) }
    }

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
