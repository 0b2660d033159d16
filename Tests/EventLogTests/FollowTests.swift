import AgentOSCore
import EventLog
import Testing

@Suite("Following the log")
struct FollowTests {
    @Test("a follower that falls far behind reads on from the log") func fallsBehind() async throws {
        let under = try LogUnderTest()
        var follower = under.log.follow(tenant: .main, after: 0).makeAsyncIterator()
        try await under.log.append(appending(numbered(1...1), to: "session/a"))
        #expect(try await follower.next()?.seq == 1)
        let large = NewEvent(
            type: "test.large", payload: #"{"text":""# + String(repeating: "x", count: 60_000) + #""}"#)
        for _ in 0..<4 {
            try await under.log.append(appending([NewEvent](repeating: large, count: 8), to: "session/a"))
            try await under.log.append(appending(numbered(1...200), to: "session/a"))
        }
        for seq: Int64 in 2...833 { #expect(try await follower.next()?.seq == seq) }
    }

    @Test("a follower ends when its task is cancelled") func cancelled() async throws {
        let under = try LogUnderTest()
        let log = under.log
        let seen = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    var seen = 0
                    do {
                        for try await _ in log.follow(tenant: .main, after: 0) { seen += 1 }
                    } catch { return -1 }
                    return seen
                }
            }
            group.cancelAll()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(seen == [Int](repeating: 0, count: 20))
    }

    @Test("closing the log ends followers and refuses appends") func closed() async throws {
        let under = try LogUnderTest()
        let log = under.log
        try await log.append(appending(numbered(1...2), to: "session/a"))
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                var seen = 0
                for try await event in log.follow(tenant: .main, after: 0) {
                    seen += 1
                    if event.seq == 2 { log.close() }
                }
                return seen
            }
            let seen = try await group.next()
            #expect(seen == 2)
        }
        let fault = await #expect(throws: Fault.self) {
            try await log.append(appending(numbered(1...1), to: "session/a"))
        }
        #expect(fault?.code == .noHost)
    }
}
