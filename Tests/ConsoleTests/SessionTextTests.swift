import AgentOSCore
import Terminal
import Testing

@testable import Console

/// What a session's views say where there is little to show.
@Suite struct SessionTextTests {
    /// A session and what its engine holds of it.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let keys: [String]
        let says: String
        var change: @Sendable (inout SessionSummary) -> Void = { _ in }
        var refusal: Fault?
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "an empty diff", keys: ["d"], says: "No file differs."),
        Row(
            name: "a diff that failed", keys: ["d"],
            says: "No difference: the files are gone; see: agentos session show 7k2mqd",
            refusal: .notFound("the files are gone", hint: "see: agentos session show 7k2mqd")),
        Row(name: "an empty timeline", keys: ["Tab"], says: "No checkpoint yet"),
        Row(
            name: "a limit that is used up", keys: [], says: "$0.50 of $0.50 used up",
            change: { $0.costKnown = Money(picodollars: 500_000_000_000) }),
        Row(
            name: "a limit that is passed", keys: [], says: "$0.62 of $0.50 used up",
            change: { $0.costKnown = Money(picodollars: 620_000_000_000) }),
        Row(
            name: "a limit that is not", keys: [], says: "$0.49 of $0.50 ·",
            change: { $0.costKnown = Money(picodollars: 490_000_000_000) }),
    ]

    @Test(arguments: rows, ["120x40", "80x24"]) func says(row: Row, size: String) async throws {
        let world = FakeWorld { state in
            state.sessions = [Sample.detail("7k2mqd", "fix-flaky", .running, change: row.change)]
            state.diffFault = row.refusal
        }
        var person = try await Driver(world, size) { $0.opening = .session("7k2mqd") }
        for key in row.keys { await person.press(key) }
        person.shows(row.says)
    }

    /// The note of `look` leaves the frame its rows: on a small screen it takes the keys' row.
    @Test(arguments: ["40x10", "79x24", "80x24", "120x40"]) func theNoteOfLook(size: String) async throws {
        let world = Sample.world()
        let wanted = try #require(Size(size))
        func screen(_ note: SafeText?) async throws -> [Substring] {
            let frame = try await Look.frame(
                pane: "inbox", id: nil, size: wanted, client: world.client, note: note, now: Sample.noon)
            return FrameText.plain(frame).split(separator: "\n", omittingEmptySubsequences: false)
        }
        let (with, without) = (try await screen("no host runs"), try await screen(nil))
        #expect(with.count == without.count)
        #expect(with.filter { $0.contains("no host runs") }.count == 1)
        if wanted.columns < 80 {
            #expect(with.dropLast(2) == without.dropLast(2))
            #expect(with[wanted.rows - 1].contains("no host runs"))
        }
    }
}
