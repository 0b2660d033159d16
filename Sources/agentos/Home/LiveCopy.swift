import AgentOSCore
import FoundationEssentials
import ObjectStore
import Workspaces

/// Copies the workspaces of a home in use, so that each fits the copy of the log that was made before.
///
/// A session that has written nothing to the log since then is copied as it is. One that went on meanwhile gets
/// the files of its last checkpoint in the copied log: what its log says after that is undone and run again.
struct LiveCopy: Sendable {
    let home: HomeFolder
    /// The folder that becomes the archive.
    let stage: String
    /// The host.
    let client: EngineClient
    /// The last event of the copied log.
    let end: Int64
    let tenant: TenantID

    private var workspaces: String { "\(stage)/workspaces/\(tenant)" }

    /// Copies them.
    func copyWorkspaces() async throws {
        guard FileManager.default.fileExists(atPath: home.path + "/workspaces") else { return }
        // A file that goes while it is copied is no fault: its session is looked at below.
        try ChildTool.run(
            "cp", ["--archive", "--reflink=auto", "--", home.path + "/workspaces", stage], accepting: [0, 1])
        let store = try ObjectStore(root: home.path + "/objects", tenant: tenant)
        for id in try await moved() {
            let path = "\(workspaces)/\(id)"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            try Workspace.remove(at: path)
            guard let tree = try await lastTree(of: id) else { continue }
            try materialize(tree, of: store, at: path)
        }
    }

    /// The sessions that have gone on since the log was copied.
    private func moved() async throws -> Set<SessionID> {
        var found: Set<SessionID> = []
        var place = end
        while true {
            let page = try await client.ask(EventPage(after: place, limit: 1000))
            guard let last = page.last else { return found }
            found.formUnion(page.compactMap { SessionEvent.session(ofStream: $0.stream) })
            place = last.seq
        }
    }

    /// The files that a session had where the copied log ends: those of its last checkpoint, or of the one that it
    /// was put back to since.
    private func lastTree(of id: SessionID) async throws -> TreeID? {
        var trees: [CheckpointID: TreeID] = [:]
        var tree: TreeID?
        var place: Int64 = 0
        while true {
            let page = try await client.ask(
                EventPage(after: place, limit: 1000, stream: SessionEvent.stream(id)))
            for record in page where record.seq <= end {
                switch try SessionEvent(type: record.type, payload: record.payload) {
                case .checkpointTaken(let checkpoint):
                    trees[checkpoint.checkpointId] = checkpoint.tree
                    tree = checkpoint.tree
                case .rolledBack(let checkpoint, let files) where files > 0: tree = trees[checkpoint] ?? tree
                case .undone(let checkpoint, let files) where files > 0: tree = trees[checkpoint] ?? tree
                case _: break
                }
            }
            guard let last = page.last, last.seq < end else { return tree }
            place = last.seq
        }
    }
}
