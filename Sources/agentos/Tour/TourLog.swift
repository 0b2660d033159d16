import AgentOSCore

/// Follows the log of the tour's home, also over the end of a host.
actor TourLog {
    private(set) var facts = TourFacts()
    private var listeners: [Int: AsyncStream<TourFacts>.Continuation] = [:]
    private var count = 0

    /// Reads on until it is cancelled; when the engine goes, from the next one where it stopped.
    func follow(_ client: EngineClient, starts: AsyncStream<Void>) async {
        for await _ in starts {
            do {
                for try await update in client.follow(FollowRequest(after: facts.seq)) {
                    if case .event(let record) = update { take(record) }
                }
            } catch {
                // The engine went: the next one is asked from the same place.
            }
        }
    }

    private func take(_ record: EventRecord) {
        facts.add(record)
        for listener in listeners.values { listener.yield(facts) }
    }

    private func listen() -> AsyncStream<TourFacts> {
        count += 1
        let number = count
        let (stream, sink) = AsyncStream.makeStream(of: TourFacts.self, bufferingPolicy: .bufferingNewest(1))
        listeners[number] = sink
        sink.yield(facts)
        return stream
    }

    /// Waits until the log holds something; nil when it does not within the limit.
    func first<Value: Sendable>(
        within limit: Duration, _ find: @escaping @Sendable (TourFacts) throws -> Value?
    ) async throws -> Value? {
        if let value = try find(facts) { return value }
        let changes = listen()
        let number = count
        defer { listeners.removeValue(forKey: number)?.finish() }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                for await facts in changes {
                    if let value = try find(facts) { return value }
                }
                return nil
            }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
