import AgentOSCore
import FoundationEssentials
import Glibc
import ObjectStore
import Workspaces

/// The files of a home, as clearing sees them.
struct LiveKeeping: Sendable {
    let paths: SessionPaths
    let store: ObjectStore
    let locks: SessionLocks

    /// The workspaces that there are, with their bytes.
    func workspaces() async throws -> [SessionID: Int64] {
        let folder = paths.workspaces
        return try await Blocking.value {
            var found: [SessionID: Int64] = [:]
            for name in names(in: folder) where !name.contains(".") {
                found[SessionID(name)] = FolderSize(folder + "/" + name).bytes
            }
            return found
        }
    }

    /// The bytes of a session's workspace.
    func bytes(of id: SessionID) async throws -> Int64 {
        let path = paths.workspace(id)
        return try await Blocking.value { FolderSize(path).bytes }
    }

    /// Removes a session's workspace and what was kept beside it; false where a process of it may still live.
    func clear(_ id: SessionID) async throws -> Bool {
        guard try locks.isFree(id) else { return false }
        let (path, folder) = (paths.workspace(id), paths.folder(id))
        try await Blocking.value {
            try Workspace.clear(at: path)
            try Workspace.remove(at: folder + "/spool")
            unlink(paths.cache(id))
        }
        return true
    }

    /// What the caches beside workspaces name.
    func cached() -> Set<Digest> {
        var found: Set<Digest> = []
        for name in names(in: paths.sessions) {
            found.formUnion(Workspace.objects(ofCache: paths.cache(SessionID(name))))
        }
        return found
    }

    /// What setups have kept; a tree that is damaged keeps nothing.
    func setups() -> Set<Digest> {
        var found: Set<Digest> = []
        for tree in SetupRecords(folder: paths.caches).trees {
            var own: Set<Digest> = []
            guard let top = Digest(tree), (try? store.reach([top], into: &own)) != nil else { continue }
            found.formUnion(own)
        }
        return found
    }

    /// The parts of the home besides its objects.
    func parts(events: Int) -> [HomeSize.Part] {
        let known = ["workspaces", "sessions", "objects"]
        var (log, other) = (Int64(0), FolderSize())
        for name in names(in: paths.home) where !known.contains(name) {
            let size = FolderSize(paths.home + "/" + name)
            if name.hasPrefix("agentos.db") { log += size.bytes } else { other.add(size) }
        }
        let (workspaces, sessions) = (paths.workspaces, paths.sessions)
        return [
            HomeSize.Part(part: "log", count: events, bytes: log),
            HomeSize.Part(
                part: "workspaces", count: names(in: workspaces).count, bytes: FolderSize(workspaces).bytes),
            HomeSize.Part(
                part: "sessions", count: names(in: sessions).count, bytes: FolderSize(sessions).bytes),
            HomeSize.Part(part: "other", count: other.files, bytes: other.bytes),
        ]
    }
}

/// How many files lie in a folder, and their bytes; links are not followed, what cannot be read does not count.
private struct FolderSize {
    var files = 0
    var bytes: Int64 = 0

    init() {}

    init(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            (files, bytes) = (1, Int64(status.st_size))
            return
        }
        for name in names(in: path) { add(FolderSize(path + "/" + name)) }
    }

    mutating func add(_ other: FolderSize) {
        files += other.files
        bytes += other.bytes
    }
}

private func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
}
