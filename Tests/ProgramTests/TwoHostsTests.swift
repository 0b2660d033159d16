import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Processes that want the same home at the same time: one is the host, the others attach or are refused.
@Suite(.serialized) struct TwoHostsTests {
    private static let rounds = 20

    @Test(.timeLimit(.minutes(15))) func ofTwoHostsThatStartAtOnceOneServes() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            for round in 1...Self.rounds {
                let both = [
                    try ChildProgram(["--no-ui", "--events", "none"], folder: folder),
                    try ChildProgram(["--no-ui", "--events", "none"], folder: folder),
                ]
                // It attaches to whichever has the home, and waits for one that is starting.
                let status = try Self.status(folder)
                let winner = try #require(
                    both.first { .int(Int64($0.pid)) == status["pid"] }, "round \(round)")
                let loser = try #require(both.first { $0 !== winner })
                let refused = try loser.end()
                #expect(refused.code == 5, "round \(round): \(refused.code) \(refused.err)")
                #expect(!refused.err.contains("serves"), "round \(round): \(refused.err)")
                #expect(try Self.status(folder)["pid"] == status["pid"], "round \(round)")
                winner.signal(SIGTERM)
                #expect(try winner.end().code == 0, "round \(round)")
            }
            let verified = try ChildProgram.run(["events", "verify"], folder: folder)
            #expect(verified.code == 0, "\(verified.out) \(verified.err)")
        }
    }

    private static func status(_ folder: TemporaryFolder) throws -> JSONValue {
        let deadline = ContinuousClock.now.advanced(by: .seconds(240))
        while ContinuousClock.now < deadline {
            let asked = try ChildProgram.run(["host", "status", "--json"], folder: folder)
            if asked.code == 0, let value = asked.json { return value }
        }
        throw Fault.failed("no host came up")
    }

    /// Commands without a host take turns at the store; none is lost.
    @Test(.timeLimit(.minutes(15))) func commandsThatRaceForTheStoreAreAllDone() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            try folder.write("fix.yaml", "name: fix\ngoal: do\n")
            var made: Set<String> = []
            for _ in 0..<4 {
                let racers = try (0..<3).map { _ in
                    try ChildProgram(["session", "create", "fix.yaml", "--json"], folder: folder)
                }
                for racer in racers {
                    let ended = try racer.end()
                    #expect(ended.code == 0, "\(ended.err)")
                    made.insert(try #require(ended.json?["sessionId"]?.string))
                }
            }
            let listed = try ChildProgram.run(["session", "list", "--json"], folder: folder)
            #expect(Set(listed.json?.array?.compactMap { $0["sessionId"]?.string } ?? []) == made)
            #expect(made.count == 12)
        }
    }
}
