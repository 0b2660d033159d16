import AgentOSCore
import ObjectStore
import Workspaces

/// Gives a setup what the last one with the same key made, and keeps what it makes.
///
/// The key is the source, the command, the paths and the lock files of package tools. Nothing in here fails a session:
/// what cannot be kept or brought back is told as a line of the setup's output.
struct SetupCache: Sendable {
    let bench: LiveBench
    let clock: WallClock

    /// How a line that is told here begins.
    static let mark = "cache: "

    /// One setup's cache, once its workspace has been looked at.
    struct Opened: Sendable {
        fileprivate var place: Place?
        /// What was done so far, a line each.
        var notes: [String] = []
    }

    fileprivate struct Place: Sendable {
        var key: Digest
        var paths: KeptPaths
        var workspace: Workspace
        /// Which of the paths were there already: the workspace's own, nobody knows from whom.
        var own: [TreePath]
        /// What this key had before.
        var record: SetupRecords.Record?
    }

    private var records: SetupRecords { SetupRecords(folder: bench.paths.caches) }

    /// Brings back what is not in the workspace; before the command runs.
    func open(_ setup: SetupConfig, _ session: Session) async -> Opened {
        guard !setup.cache.isEmpty else { return Opened() }
        do {
            _ = try await bench.locks.take(session.id)
            let workspace = try await bench.present(session)
            let records = records
            return try await Blocking.value {
                let paths = try KeptPaths(setup.cache)
                let key = try Self.key(setup.run, paths, workspace)
                var opened = Opened(
                    place: Place(
                        key: key, paths: paths, workspace: workspace, own: try workspace.present(paths)))
                do {
                    opened.place?.record = try records.record(of: key)
                } catch {
                    opened.notes.append("what was kept is not used: its record cannot be read")
                }
                guard let record = opened.place?.record else { return opened }
                do {
                    let brought = try workspace.bring(paths, of: record.tree)
                    if !brought.isEmpty {
                        opened.notes.append("\(Self.list(brought)) came from the cache of \(record.at)")
                    }
                    records.use(key)
                } catch {
                    opened.place?.record = nil
                    opened.notes.append("the cache of \(record.at) is not used: \(Self.said(error))")
                }
                return opened
            }
        } catch {
            return Opened(notes: ["not used: \(Self.said(error))"])
        }
    }

    /// Keeps what the command made, where nothing but the source and the command can have made it; returns all lines.
    func keep(_ opened: Opened, of session: Session) async -> [String] {
        guard let place = opened.place else { return opened.notes }
        // What an agent has changed must not reach another session.
        guard Self.isUntouched(session) else {
            return opened.notes + ["not kept: an agent has worked on these files before"]
        }
        guard place.own.isEmpty else {
            return opened.notes + ["not kept: \(Self.list(place.own)) was there before setup"]
        }
        let (records, now) = (records, clock.now())
        do {
            return try await Blocking.value {
                let kept = try place.workspace.keep(place.paths)
                let missing = place.paths.paths.filter { !kept.paths.contains($0) }
                var notes = opened.notes
                if !missing.isEmpty { notes.append("\(Self.list(missing)) is not there after setup") }
                guard !kept.paths.isEmpty, kept.tree != place.record?.tree else { return notes }
                try records.write(.init(tree: kept.tree, at: now), of: place.key)
                return notes + ["kept \(Self.list(kept.paths)) for the next setup"]
            }
        } catch {
            return opened.notes + ["not kept: \(Self.said(error))"]
        }
    }

    private static func isUntouched(_ session: Session) -> Bool {
        if case .handed = session.config.workspace { return false }
        return session.fork == nil && session.replies == 0
    }

    private static func key(_ run: String, _ paths: KeptPaths, _ workspace: Workspace) throws -> Digest {
        let parts: [String] =
            ["setup 1", workspace.base.source ?? "", run, try workspace.lockFilesDigest()?.hex ?? ""]
            + paths.paths.map(\.description)
        return Digest(hashing: try JSONText.encode(parts))
    }

    /// Without what to do next: the next setup mends it.
    private static func said(_ error: any Error) -> String { (error as? Fault)?.message ?? "\(error)" }

    private static func list(_ paths: [TreePath]) -> String {
        let rest = paths.count > 3 ? ", … (\(paths.count))" : ""
        return paths.prefix(3).map { quotedPath($0.description) }.joined(separator: ", ") + rest
    }
}
