import AgentOSCore
import ObjectStore

/// Which changes of a result a delivery takes: without `--only` all or none, with it what the globs mean.
///
/// A glob takes what is set apart only where it spells its name: `**` does not take `.envrc` along. What no delivery
/// can write is left out by a wildcard, and refused where it is named.
struct DeliveryChoice {
    private let request: DeliveryRequest
    private let store: ObjectStore
    private let only: [Glob]

    init(_ request: DeliveryRequest, _ store: ObjectStore) {
        self.request = request
        self.store = store
        only = request.only.map(Glob.init)
    }

    /// Chooses; a refusal says which command takes what.
    func choose(from all: [TreeChange]) throws -> [TreeChange] {
        var ordinary: [TreeChange] = []
        var apart: [Apart] = []
        var git: [TreePath] = []
        var large: [TreePath] = []
        for change in all where only.isEmpty || only.contains(where: { $0.matches(change.path) }) {
            let path = change.path
            if DeliveryRules.isGitInternal(path) || !path.isPlain {
                let name = DeliveryRules.gitFolder(of: path)?.name
                if only.isEmpty || name.map({ isNamed(path, $0) }) ?? true { git.append(path) }
            } else if change.after?.kind == .oversize {
                if only.isEmpty || isNamed(path, path.name) { large.append(path) }
            } else if let why = try DeliveryRules.setApart(path, change.after, store) {
                if isNamed(path, path.names[why.index]) {
                    ordinary.append(change)
                } else {
                    apart.append(Apart(path: path, why: why))
                }
            } else {
                ordinary.append(change)
            }
        }
        try refuse(git, large, hasRest: !ordinary.isEmpty)
        if !apart.isEmpty, only.isEmpty || ordinary.isEmpty {
            throw refusal(apart, hasRest: only.isEmpty && !ordinary.isEmpty)
        }
        guard !ordinary.isEmpty || all.isEmpty else {
            throw Fault.usage(
                "--only names nothing that session \(request.session) changed and that can be taken",
                hint: "see: agentos session diff \(request.session)")
        }
        return ordinary
    }

    private struct Apart {
        let path: TreePath
        let why: DeliveryRules.SetApart
    }

    private func isNamed(_ path: TreePath, _ name: [UInt8]) -> Bool {
        only.contains { $0.matches(path) && $0.names(name) }
    }

    private func refuse(_ git: [TreePath], _ large: [TreePath], hasRest: Bool) throws {
        let hint = hasRest ? "take the rest: \(command(["**"]))" : nil
        guard git.isEmpty else {
            throw Fault.refused(
                "the result holds what is never delivered, git's own files: \(list(git.map(\.description)))",
                hint: hint ?? "copy what you want with: agentos session export \(request.session) --to DIR")
        }
        guard large.isEmpty else {
            throw Fault.refused(
                "the result holds files over the size cap, whose bytes were not kept: \(list(large.map(\.description)))",
                hint: "copy them from the workspace yourself" + (hint.map { "; \($0)" } ?? ""))
        }
    }

    private func refusal(_ apart: [Apart], hasRest: Bool) -> Fault {
        let links = apart.compactMap { item in
            item.why.target.map { "\(item.path) -> \(TreePath(bytes: $0))" }
        }
        let running = apart.filter { $0.why.target == nil }.map(\.path.description)
        let what = [
            running.isEmpty ? nil : "files that run by themselves: \(list(running))",
            links.isEmpty ? nil : "links that lead out of the folder: \(list(links))",
        ].compactMap { $0 }.joined(separator: "; ")
        var globs: [String] = []
        for item in apart {
            let glob = Self.naming(item.path, item.why.index)
            if !globs.contains(glob) { globs.append(glob) }
        }
        let all = command((only.isEmpty ? hasRest ? ["**"] : [] : request.only) + globs)
        let hint =
            hasRest
            ? "look at them; without them: \(command(["**"])) · with them: \(all)"
            : "look at them, then take them: \(all)"
        return Fault.refused("the result holds \(what)", hint: hint)
    }

    private func list(_ texts: [String]) -> String {
        texts.prefix(10).joined(separator: ", ") + (texts.count > 10 ? ", … (\(texts.count))" : "")
    }

    /// The command for these globs, as a shell takes it.
    private func command(_ globs: [String]) -> String {
        let form =
            switch request.form {
            case .branch(let name): " --branch" + (name.map { " " + Self.quoted($0) } ?? "")
            case .here: " --here"
            case .patch: " --patch -"
            case nil: ""
            }
        return "agentos \(request.command)\(form) --only "
            + globs.map(Self.quoted).joined(separator: " ")
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "'\\''") + "'"
    }

    /// A glob that spells the name by which a path is set apart, and means all beneath it.
    private static func naming(_ path: TreePath, _ index: Int) -> String {
        let special: Set<UInt8> = [0x2A, 0x3F, 0x5B, 0x5C, 0x7B, 0x7D, 0x2C]
        var parts: [[UInt8]] = path.names[..<index].map { name in
            name.map { special.contains($0) ? 0x3F : $0 }
        }
        parts.append(path.names[index])
        if index < path.names.count - 1 { parts.append([0x2A, 0x2A]) }
        return String(decoding: Array(parts.joined(separator: [0x2F])), as: UTF8.self)
    }
}
