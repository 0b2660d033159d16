import AgentOSCore
import Synchronization

/// The connection that a client's calls share.
final class CallConnection: Sendable {
    typealias Answer = (envelope: WireEnvelope, bytes: [UInt8])

    let hello: HostHello
    private let channel: LineChannel
    private let state: CallTable
    private let reading: Task<Void, Never>

    init(_ channel: LineChannel, hello: HostHello) {
        self.channel = channel
        self.hello = hello
        let state = CallTable()
        self.state = state
        // Ends with the channel, which `close` and `deinit` end.
        reading = Task {
            while case .line(let line) = await channel.next() { state.answer(line) }
            channel.close()
            state.lose()
        }
    }

    deinit {
        channel.close()
        reading.cancel()
    }

    var isOpen: Bool { channel.isOpen && !state.isLost }

    /// An id that no other call of this connection has.
    func nextID() -> String { state.nextID() }

    /// Sends a line and waits for its reply; a negative one is thrown.
    func call(id: String, _ line: [UInt8]) async throws -> Answer {
        let answer = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard state.wait(id, continuation) else { return }
                // A write that fails ends the channel, which fails every call.
                channel.send(line)
            }
        } onCancel: {
            state.fail(id, CancellationError())
        }
        if let failure = answer.envelope.error { throw failure.fault }
        return answer
    }

    /// Returns when the connection has ended; a cancelled wait ends it.
    func waitUntilLost() async {
        await withTaskCancellationHandler {
            await reading.value
        } onCancel: {
            channel.close()
        }
    }

    func close() { channel.close() }
}

/// The calls that wait, shared by the callers and the reading task.
private final class CallTable: Sendable {
    private struct State {
        var waiting: [String: CheckedContinuation<CallConnection.Answer, any Error>] = [:]
        var isLost = false
        /// Why the host ended the connection, where it said so.
        var reason: Fault?
        var count = 0
    }

    private let state = Mutex(State())

    var isLost: Bool { state.withLock { $0.isLost } }

    func nextID() -> String {
        state.withLock { state in
            state.count += 1
            return "q\(state.count)"
        }
    }

    /// Whether the call may be sent; otherwise it has been answered.
    func wait(_ id: String, _ continuation: CheckedContinuation<CallConnection.Answer, any Error>) -> Bool {
        let problem: (any Error)? = state.withLock { state in
            if state.isLost { return state.reason ?? HostClient.lost }
            if Task.isCancelled { return CancellationError() }
            if state.waiting[id] != nil {
                return Fault.usage(
                    "\(id) is under way already", hint: "give each command an id of its own")
            }
            state.waiting[id] = continuation
            return nil
        }
        if let problem { continuation.resume(throwing: problem) }
        return problem == nil
    }

    func answer(_ line: [UInt8]) {
        guard let envelope = try? JSONText.decode(WireEnvelope.self, from: line) else { return }
        guard let id = envelope.reply else {
            // An error without an id is about the connection: every call of it has failed.
            guard let fault = envelope.error?.fault else { return }
            state.withLock { $0.reason = fault }
            failAll(fault)
            return
        }
        take(id)?.resume(returning: (envelope, line))
    }

    func fail(_ id: String, _ error: any Error) { take(id)?.resume(throwing: error) }

    func lose() {
        let reason = state.withLock { state in
            state.isLost = true
            return state.reason
        }
        failAll(reason ?? HostClient.lost)
    }

    private func failAll(_ error: any Error) {
        let waiting = state.withLock { state in
            defer { state.waiting.removeAll() }
            return state.waiting.values.map { $0 }
        }
        for continuation in waiting { continuation.resume(throwing: error) }
    }

    private func take(_ id: String) -> CheckedContinuation<CallConnection.Answer, any Error>? {
        state.withLock { $0.waiting.removeValue(forKey: id) }
    }
}
