import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// The plug is pulled a hundred times (INV-4).
@Suite(.serialized) struct KillTests {
    private static let kills = 100
    private static let steps = 60
    /// Chooses where the kills come, the same in every run.
    private static let seed: UInt64 = 20_261_122

    /// Sessions of `steps` calls, each of which appends its number to a file, under a host that is killed at random
    /// instants: each ends COMPLETE, and the file holds every number once.
    @Test(.timeLimit(.minutes(15))) func aHundredKillsLeaveNoEffectTwice() async throws {
        try await onThread {
            let folder = try Self.prepare()
            var random = FixedRandom(state: Self.seed)
            var killed = 0
            var sessions: [String] = []
            while killed < Self.kills {
                let made = try ChildProgram.run(["session", "run", "count.yaml", "--json"], folder: folder)
                let id = try #require(made.json?["sessionId"]?.string, "\(made.out) \(made.err)")
                sessions.append(id)
                while try Self.isLive(id, folder) {
                    let count = killed < Self.kills ? Int.random(in: 1...14, using: &random) : nil
                    let spin = Int.random(in: 0...200_000, using: &random)
                    if try Self.liveOnce(id, folder, killAfter: count, spin) { killed += 1 }
                }
                try Self.checkEnd(of: id, folder)
            }
            #expect(killed >= Self.kills)
            let verified = try ChildProgram.run(["events", "verify"], folder: folder)
            #expect(verified.code == 0, "\(verified.out) \(verified.err)")
        }
    }

    private static func prepare() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let calls = (1...steps).map { step in
            #"{"tool_calls":[{"name":"shell","arguments":{"command":"echo \#(step) >> out.txt"}}]}"#
        }
        try folder.write("replies.jsonl", (calls + [#"{"text":"Done."}"#]).joined(separator: "\n") + "\n")
        try folder.write(
            "config.yaml",
            "providers:\n  script: {kind: rehearsal, file: replies.jsonl}\nmodels:\n  default: [script/play]\n"
        )
        try folder.write(
            "count.yaml",
            "name: count\ngoal: count\ngates:\n  - {name: all, run: \"test $(wc -l < out.txt) = \(steps)\"}\n"
        )
        return folder
    }

    /// Runs a host until it has written so many events about the session, then kills it; true when it was killed,
    /// false when the session ended first.
    private static func liveOnce(_ id: String, _ folder: TemporaryFolder, killAfter count: Int?, _ spin: Int)
        throws
        -> Bool
    {
        let host = try ChildProgram(["--no-ui"], folder: folder)
        var seen = 0
        var ended = false
        _ = try host.line("an end of \(id)") { line in
            guard line["sessionId"]?.string == id, let type = line["type"]?.string else { return false }
            seen += 1
            switch type {
            case "session.completed", "session.failed", "session.rolledback": ended = true
            case "session.paused": ended = true
            default: break
            }
            return ended || seen == count
        }
        if ended {
            host.signal(SIGTERM)
            _ = try host.end()
            return false
        }
        // Not always between two events: some kills come while the next call runs.
        for _ in 0..<spin { _ = getpid() }
        host.signal(SIGKILL)
        _ = try host.end()
        return true
    }

    /// Whether a session has not ended; one that was taken over three times without progress is let go on, as a person
    /// would.
    private static func isLive(_ id: String, _ folder: TemporaryFolder) throws -> Bool {
        let shown = try ChildProgram.run(["session", "show", id, "--json"], folder: folder)
        let state = try #require(shown.json?["state"]?.string, "\(shown.out) \(shown.err)")
        if state == "PAUSED" {
            let resumed = try ChildProgram.run(["session", "resume", id], folder: folder)
            #expect(resumed.code == 0, "\(resumed.err)")
        }
        return !["COMPLETE", "FAILED", "CANCELLED", "ROLLED_BACK"].contains(state)
    }

    private static func checkEnd(of id: String, _ folder: TemporaryFolder) throws {
        let shown = try ChildProgram.run(["session", "show", id, "--json"], folder: folder)
        #expect(shown.json?["state"] == "COMPLETE", "\(shown.out) \(shown.err)")
        let numbers = try folder.read("home/workspaces/main/\(id)/out.txt").split(separator: "\n").map(
            String.init)
        #expect(numbers == (1...steps).map(String.init), "every number once and in order")
    }
}

/// SplitMix64: the same numbers for the same seed.
private struct FixedRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
