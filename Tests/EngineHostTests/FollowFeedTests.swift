import AgentOSCore
import Testing

@testable import EngineHost

/// What joins events and signals for one follower.
@Suite struct FollowFeedTests {
    private func record(_ seq: Int64) -> EventRecord {
        EventRecord(
            tenant: .main, seq: seq, stream: "session/a", version: seq, type: "session.progress",
            at: Timestamp(milliseconds: seq), actor: .engine, payload: "{}", previous: "p", hash: "h")
    }

    @Test func eventsComeFirstAndOfSignalsTheNewest() async throws {
        let feed = FollowFeed()
        feed.offer(LiveText(sessionId: SessionID("a"), callId: CallID("1"), source: "model", text: "old"))
        feed.offer(LiveText(sessionId: SessionID("a"), callId: CallID("1"), source: "model", text: "new"))
        feed.offer(record(2))
        feed.offer(record(3))
        await feed.put(record(1))
        feed.end(nil)
        var found: [String] = []
        while let update = try await feed.next() {
            switch update {
            case .event(let record): found.append("\(record.seq)")
            case .host(let record): found.append("host \(record.seq)")
            case .live(let text): found.append(text.text)
            }
        }
        #expect(found == ["1", "host 3", "new"])
    }

    @Test func aFeedThatIsDroppedLetsGoOfWhoFillsIt() async {
        let feed = FollowFeed()
        await feed.put(record(1))
        let filling = Task { await feed.put(record(2)) }
        _ = FeedTasks([filling], filling: feed)
        // Without an end it would wait for ever.
        await filling.value
        #expect(filling.isCancelled)
    }

    @Test func anErrorComesAfterWhatWasHandedOver() async throws {
        let feed = FollowFeed()
        await feed.put(record(1))
        feed.end(Fault.failed("gone"))
        #expect(try await feed.next() == .event(record(1)))
        await #expect(throws: Fault.failed("gone")) { try await feed.next() }
    }
}
