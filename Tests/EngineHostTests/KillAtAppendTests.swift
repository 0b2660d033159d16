import AgentOSCore
import EventLog
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// INV-4, INV-5: the plug is pulled at every write point of a scene, by SIGKILL in a process of its own, and the next
/// host goes on to the end.
@Suite(.serialized) struct KillAtAppendTests {
    @Test(
        .timeLimit(.minutes(15)),
        arguments: [KilledHome.Scene.session, .chain, .clearing, .delay, .compaction, .votes])
    func everyWritePoint(scene: KilledHome.Scene) async throws {
        let helper = try ConfiningHelper.path.get()
        let whole = try TemporaryFolder()
        try KilledHome.prepare(whole)
        let count = try await KilledHome(scene: scene, folder: whole.path, helper: helper).countCommits()
        #expect(count > 1)
        let points = points(of: scene, count)
        let probes = try? whole.read("home/sandbox.json")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, point) in points.enumerated() {
                if index >= 3 { try await group.next() }
                group.addTask {
                    let folder = try TemporaryFolder()
                    try KilledHome.prepare(folder)
                    if let probes { try folder.write("home/sandbox.json", probes) }
                    let home = KilledHome(scene: scene, folder: folder.path, helper: helper)
                    try await kill(home, at: point)
                    try await home.checkTheRest(point)
                }
            }
            try await group.waitForAll()
        }
    }

    /// Where a scene is cut.
    ///
    /// A session on both sides of each commit, after it in turn with and without the sealed head; a chain on one side of
    /// each. Of a clearing, what goes before it is a session's.
    private func points(of scene: KilledHome.Scene, _ count: Int) -> [KilledHome.Point] {
        let commits = scene == .clearing ? max(1, count - 3)...count : 1...count
        return commits.flatMap { commit -> [KilledHome.Point] in
            let after: CommitEdge = commit % 2 == 0 ? .durable : .sealed
            let edges: [CommitEdge] =
                switch scene {
                case .session: [.inserted, after]
                case .chain, .compaction, .votes: [commit % 2 == 0 ? .durable : .inserted]
                case .clearing, .delay: CommitEdge.allCases
                }
            return edges.map { KilledHome.Point(commit: commit, edge: $0) }
        }
    }

    private func kill(_ home: KilledHome, at point: KilledHome.Point) async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [home = home as KilledHome, point = point as KilledHome.Point] in
            try await home.playUntilKilled(at: point)
        }
    }
}
