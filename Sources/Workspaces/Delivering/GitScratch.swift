import AgentOSCore
import Glibc
import ObjectStore

/// A folder of our own in which git makes objects and an index, so that a repository is only written at the very end.
struct GitScratch {
    let folder: String
    let repository: String
    let git: Git
    let store: ObjectStore
    /// What makes git write here and read there.
    let environment: [String: String]

    /// Runs a body with a scratch folder for a repository (nil: an empty repository of the scratch's own).
    static func with<Result: Sendable>(
        _ repository: String?, git: Git, store: ObjectStore, _ body: (GitScratch) async throws -> Result
    ) async throws -> Result {
        let folder = "\(store.folder)/tmp/git-\(UInt64.random(in: 0 ... .max))"
        for path in [folder, folder + "/objects", folder + "/blobs"] where mkdir(path, 0o700) != 0 {
            throw systemFault("make the folder", path)
        }
        do {
            var top = folder + "/repository"
            var environment = ["GIT_INDEX_FILE": folder + "/index"]
            if let repository {
                top = repository
                let shared = try await git.check(
                    in: repository, ["rev-parse", "--path-format=absolute", "--git-path", "objects"])
                environment["GIT_OBJECT_DIRECTORY"] = folder + "/objects"
                environment["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = quoted(shared.line)
            } else {
                try await git.check(in: folder, ["init", "--quiet", "--bare", "--template=", top])
            }
            let scratch = GitScratch(
                folder: folder, repository: top, git: git, store: store, environment: environment)
            let result = try await body(scratch)
            try removeFolder(folder)
            return result
        } catch {
            try removeFolder(folder)
            throw error
        }
    }

    /// Alternates are separated by colons unless they are quoted.
    private static func quoted(_ path: String) -> String {
        guard path.contains(":") || path.hasPrefix("\"") else { return path }
        return "\"" + path.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    @discardableResult
    func check(_ arguments: [String], input: [UInt8] = [], with extra: [String: String] = [:]) async throws
        -> Git.Output
    {
        try await git.check(in: repository, arguments, input: input, with: environment.merging(extra) { $1 })
    }

    /// Writes the blobs of files and returns their object ids.
    ///
    /// With `prefix`, what the repository's attributes say about a path (line ends, filters) is done to it, as `git add`
    /// would; without, and for links, the bytes are taken as they are.
    func hash(_ files: [(path: TreePath, entry: TreeEntry)], attributes prefix: TreePath?) async throws
        -> [TreePath: String]
    {
        guard !files.isEmpty else { return [:] }
        let blobs = try FolderHandle(path: folder + "/blobs")
        for (index, file) in files.enumerated() {
            let name = Array("\(index)".utf8)
            try blobs.remove(name)
            try blobs.createFile(name, store.get(file.entry.digest), mode: 0o600)
        }
        let list = files.indices.map { "\(folder)/blobs/\($0)\n" }.joined()
        let output = try await check(
            ["hash-object", "-w", "--no-filters", "--stdin-paths"], input: Array(list.utf8))
        let ids = output.line.split(separator: "\n").map(String.init)
        guard ids.count == files.count else {
            throw Fault.failed("git hash-object gave \(ids.count) ids", hint: "check git")
        }
        var out: [TreePath: String] = [:]
        for (file, id) in zip(files, ids) { out[file.path] = id }
        guard let prefix else { return out }
        let filtered = try await filteredPaths(files.filter { $0.entry.kind == .file }.map(\.path), prefix)
        for (index, file) in files.enumerated() where filtered.contains(file.path) {
            let full = Self.full(file.path, prefix)
            let words =
                ["hash-object", "-w", "--stdin"].map { Array($0.utf8) } + [Array("--path=".utf8) + full.bytes]
            let bytes = try store.get(files[index].entry.digest)
            let output = try await git.run(in: repository, words, input: bytes, with: environment)
            guard output.status == 0 else { throw Git.fault("hash-object", repository, output) }
            out[file.path] = output.line
        }
        return out
    }

    /// The paths to which the repository's settings or attributes do something.
    private func filteredPaths(_ paths: [TreePath], _ prefix: TreePath) async throws -> Set<TreePath> {
        let convert = try await git.ask(in: repository, ["config", "--get", "core.autocrlf"])
        if convert == "true" || convert == "input" { return Set(paths) }
        let input = paths.flatMap { path -> [UInt8] in Self.full(path, prefix).bytes + [0] }
        let output = try await check(
            [
                "check-attr", "-z", "--stdin", "text", "eol", "crlf", "filter", "ident",
                "working-tree-encoding",
            ], input: input)
        let fields = output.bytes.split(separator: 0, omittingEmptySubsequences: false)
        var out: Set<TreePath> = []
        for index in stride(from: 0, to: fields.count - 2, by: 3) {
            let value = String(decoding: fields[index + 2], as: UTF8.self)
            guard value != "unspecified", value != "unset" else { continue }
            let path = TreePath(bytes: fields[index])
            out.insert(prefix == .root ? path : TreePath(bytes: path.bytes[(prefix.bytes.count + 1)...]))
        }
        return out
    }

    /// Lays files over what the index holds and returns the tree of it; nil in place of an entry removes the path.
    func tree(
        _ paths: [TreePath], _ entries: [TreePath: TreeEntry], _ ids: [TreePath: String], prefix: TreePath
    ) async throws -> String {
        let zeros = String(repeating: "0", count: ids.values.first?.utf8.count ?? 40)
        var gone: [UInt8] = []
        var come: [UInt8] = []
        for path in paths {
            let full = Self.full(path, prefix).bytes + [0]
            if let entry = entries[path], let id = ids[path] {
                come += Array("\(gitMode(entry)) \(id)\t".utf8) + full
            } else {
                gone += Array("0 \(zeros)\t".utf8) + full
            }
        }
        try await check(["update-index", "-z", "--index-info"], input: gone + come)
        return try await check(["write-tree"]).line
    }

    static func full(_ path: TreePath, _ prefix: TreePath) -> TreePath {
        prefix == .root ? path : TreePath(bytes: prefix.bytes + [0x2F] + path.bytes)
    }
}
