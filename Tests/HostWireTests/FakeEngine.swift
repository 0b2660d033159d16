import AgentOSCore
import Synchronization

/// An engine of fixed answers, whose log a test writes by hand.
final class FakeEngine: Sendable {
    private struct State {
        var actors: [Actor] = []
        var commands: [Command] = []
        var log: [EventRecord] = []
        var pulled = 0
        var followers: [AsyncStream<Void>.Continuation] = []
        var held: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var actors: [Actor] { state.withLock { $0.actors } }
    var commands: [Command] { state.withLock { $0.commands } }
    /// How many updates followers have taken.
    var pulled: Int { state.withLock { $0.pulled } }

    /// Appends an event with so many bytes of payload, or with a text.
    func append(bytes: Int = 0, step: String? = nil) {
        let followers = state.withLock { state in
            let seq = Int64(state.log.count + 1)
            let text = step ?? String(repeating: "x", count: bytes)
            state.log.append(
                EventRecord(
                    tenant: .main, seq: seq, stream: "session/abc", version: seq, type: "session.progress",
                    at: Timestamp(milliseconds: seq), actor: .engine,
                    payload: #"{"sessionId":"abc","step":"\#(text)"}"#,
                    previous: "p", hash: "h"))
            return state.followers
        }
        for follower in followers { follower.yield() }
    }

    /// Lets commands named `hold` end.
    func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    func client(_ actor: Actor = .engine) -> EngineClient {
        state.withLock { $0.actors.append(actor) }
        return EngineClient(
            perform: { try await self.perform($0) }, answer: { try Self.answer($0) },
            follow: { self.follow($0) })
    }

    private func perform(_ command: Command) async throws -> CommandReply {
        state.withLock { $0.commands.append(command) }
        switch command.name {
        case "refuse": throw Fault.refused("abc is COMPLETE", hint: "make another")
        case "hold": await withCheckedContinuation { held in state.withLock { $0.held.append(held) } }
        case "wait": return CommandReply("it waits", value: ["itemId": "abc.a1"], code: .waiting)
        default: break
        }
        return CommandReply("done \(command.name)", value: .object(command.arguments))
    }

    private func follow(_ request: FollowRequest) -> AsyncThrowingStream<EngineUpdate, any Error> {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let start = state.withLock { state in
            state.followers.append(wake)
            return request.after ?? Int64(state.log.count)
        }
        wake.yield()
        let cursor = Cursor(place: start, wakes: wakes)
        return AsyncThrowingStream(unfolding: { await self.next(cursor) })
    }

    private actor Cursor {
        var place: Int64
        var wakes: AsyncStream<Void>.Iterator

        init(place: Int64, wakes: AsyncStream<Void>) {
            self.place = place
            self.wakes = wakes.makeAsyncIterator()
        }

        func advance() { place += 1 }
        func wait() async -> Bool {
            var iterator = wakes
            let woken: Void? = await iterator.next(isolation: self)
            wakes = iterator
            return woken != nil
        }
    }

    private func next(_ cursor: Cursor) async -> EngineUpdate? {
        while true {
            let place = await cursor.place
            let record: EventRecord? = state.withLock { state in
                guard place < state.log.count else { return nil }
                state.pulled += 1
                return state.log[Int(place)]
            }
            if let record {
                await cursor.advance()
                return .event(record)
            }
            guard await cursor.wait() else { return nil }
        }
    }
}
