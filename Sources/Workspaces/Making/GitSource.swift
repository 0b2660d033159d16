import AgentOSCore
import Glibc
import ObjectStore

/// The git side of a source, read with git.
struct GitSource: Sendable {
    let git: Git
    /// The top of the work tree, or a bare repository.
    let top: String
    /// The source's folder beneath the top.
    let prefix: TreePath
    let isBare: Bool
    /// The commit of HEAD, nil before the first one.
    let head: String?
    /// The branch, nil when HEAD is detached.
    let branch: String?

    /// Reads the repository that a folder is in; nil when it is in none.
    init?(_ folder: String, _ git: Git) async throws {
        guard Self.mayBeRepository(folder) else { return nil }
        let facts = try await git.run(
            in: folder, ["rev-parse", "--is-bare-repository", "--is-inside-work-tree"].map { Array($0.utf8) })
        guard facts.status == 0 else {
            if facts.message.contains("not a git repository") { return nil }
            let fault = Git.fault("rev-parse", folder, facts)
            throw Fault.refused(fault.message, hint: fault.hint)
        }
        let answers = facts.line.split(separator: "\n")
        isBare = answers.first == "true"
        guard isBare || answers.last == "true" else { return nil }
        self.git = git
        if isBare {
            top = try await git.check(in: folder, ["rev-parse", "--absolute-git-dir"]).line
            prefix = .root
        } else {
            top = try await git.check(in: folder, ["rev-parse", "--show-toplevel"]).line
            let shown = try await git.check(in: folder, ["rev-parse", "--show-prefix"]).line
            prefix = TreePath(shown.hasSuffix("/") ? String(shown.dropLast()) : shown)
        }
        head = try await git.ask(in: top, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])
        branch = try await git.ask(in: top, ["symbolic-ref", "--quiet", "--short", "HEAD"])
    }

    /// Whether git manages the files of a folder.
    static func isWorkTree(_ folder: String, _ git: Git) async throws -> Bool {
        guard mayBeRepository(folder) else { return false }
        return try await git.ask(in: folder, ["rev-parse", "--is-inside-work-tree"]) == "true"
    }

    /// Whether a folder or one above it looks like a repository, so that git is not asked, nor needed, for others.
    private static func mayBeRepository(_ folder: String) -> Bool {
        var path = folder
        while true {
            if access(path + "/.git", F_OK) == 0 { return true }
            if access(path + "/HEAD", F_OK) == 0, access(path + "/objects", F_OK) == 0 { return true }
            guard let slash = path.lastIndex(of: "/"), path.utf8.count > 1 else { return false }
            path = String(path[..<slash])
        }
    }

    /// The tracked paths whose files differ from HEAD now, relative to the source's folder.
    func dirtyPaths() async throws -> Set<TreePath> {
        guard !isBare, head != nil else { return [] }
        let status = try await git.check(
            in: top,
            [
                "status", "--porcelain=v1", "-z", "--untracked-files=no", "--ignore-submodules=all",
                "--no-renames",
            ])
        var paths: Set<TreePath> = []
        for record in status.bytes.split(separator: 0) where record.count > 3 {
            if let path = relative(TreePath(bytes: record.dropFirst(3))) { paths.insert(path) }
        }
        return paths
    }

    /// A hash of what is staged: names, modes and contents.
    func indexHash() async throws -> String {
        let list = try await git.check(in: top, ["ls-files", "--stage", "-z"])
        return Digest(hashing: list.bytes).hex
    }

    /// A path below the top as one below the source's folder; nil outside of it.
    func relative(_ path: TreePath) -> TreePath? {
        guard prefix != .root else { return path }
        guard path.isWithin(prefix), path != prefix else { return nil }
        return TreePath(bytes: path.bytes[(prefix.bytes.count + 1)...])
    }

    /// One line of `ls-tree`.
    struct HeadEntry: Sendable {
        var mode: String
        var object: String
        var path: TreePath
    }

    /// The files of a commit below the source's folder, submodules (mode 160000) included.
    static func files(of commit: String, in top: String, prefix: TreePath, git: Git) async throws
        -> [HeadEntry]
    {
        let list = try await git.check(in: top, ["ls-tree", "-r", "-z", "--full-tree", commit])
        return list.bytes.split(separator: 0).compactMap { record in
            guard let tab = record.firstIndex(of: 0x09) else { return nil }
            let fields = record[..<tab].split(separator: 0x20)
            let path = TreePath(bytes: record[(tab + 1)...])
            guard fields.count == 3, prefix == .root || path.isWithin(prefix) else { return nil }
            let skip = prefix == .root ? 0 : prefix.bytes.count + 1
            return HeadEntry(
                mode: String(decoding: fields[0], as: UTF8.self),
                object: String(decoding: fields[2], as: UTF8.self),
                path: TreePath(bytes: path.bytes[min(skip, path.bytes.count)...]))
        }
    }

    /// The files of HEAD as a tree of ours, in the form that they have in a work tree.
    ///
    /// A file that is not dirty is what was copied. One that git tracks and the copy lacks though it is not dirty (a
    /// sparse checkout) is entered as a file of unknown content, so that nothing silently takes its place.
    func headTree(copied: TreeID, dirty: Set<TreePath>, store: ObjectStore) async throws -> TreeID? {
        guard let head else { return nil }
        var base: [TreePath: TreeEntry] = [:]
        for (path, entry) in try store.entries(of: copied) where entry.kind != .folder { base[path] = entry }
        let batch = ObjectBatch(store: store)
        var files: [(path: TreePath, entry: TreeEntry)] = []
        for file in try await Self.files(of: head, in: top, prefix: prefix, git: git)
        where file.mode != "160000" {
            if let entry = base[file.path], !dirty.contains(file.path) {
                files.append((file.path, entry))
                continue
            }
            let mode: UInt16 = file.mode == "100755" ? 0o755 : file.mode == "120000" ? 0 : 0o644
            var entry = TreeEntry(
                name: [], kind: .oversize, mode: mode, size: 0,
                digest: Digest(hashing: Array(file.object.utf8)))
            if dirty.contains(file.path) {
                let full = prefix == .root ? file.path.bytes : prefix.bytes + [0x2F] + file.path.bytes
                let words: [[UInt8]] =
                    mode == 0
                    ? ["cat-file", "blob", file.object].map { Array($0.utf8) }
                    : [Array("cat-file".utf8), Array("--filters".utf8), Array("\(head):".utf8) + full]
                let content = try await git.run(in: top, words)
                guard content.status == 0 else { throw Git.fault("cat-file", top, content) }
                entry.kind = mode == 0 ? .symlink : .file
                entry.size = Int64(content.bytes.count)
                entry.digest = try batch.add(content.bytes)
            }
            files.append((file.path, entry))
        }
        let root = try store.putTree(of: files, in: batch)
        try batch.commit()
        return root.tree
    }
}
