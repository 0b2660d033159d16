import Terminal
import Testing

@Suite struct TerminalEventsTests {
    @Test func theyComeInOrderAndEnd() async {
        let events = TerminalEvents()
        events.yield(.focus(true))
        events.yield(.resumed)
        events.finish()
        events.yield(.closed)
        var told: [TerminalEvent] = []
        for await event in events { told.append(event) }
        #expect(told == [.focus(true), .resumed])
    }

    @Test func aReaderIsWokenByEachAndLetGoByTheEnd() async {
        let events = TerminalEvents()
        let count = 1000
        async let told = Self.count(events)
        for _ in 0..<count {
            events.yield(.resumed)
            await Task.yield()
        }
        events.finish()
        #expect(await told == count)
    }

    @Test func aCancelledReaderEnds() async {
        let events = TerminalEvents()
        let told = await withTaskGroup(of: Int.self) { group in
            group.addTask { await Self.count(events) }
            group.cancelAll()
            return await group.next()
        }
        #expect(told == 0)
    }

    private static func count(_ events: TerminalEvents) async -> Int {
        var count = 0
        for await _ in events { count += 1 }
        return count
    }
}
