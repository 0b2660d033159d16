import AgentOSCore

/// The standard streams of `--no-ui`: one event a line out, one command a line in.
///
/// A closed input stops nothing, and neither does an output that nobody reads any more: the engine goes on.
public final class LineHost: Sendable {
    private let client: EngineClient
    private let input: InputLines
    private let output: OutputLines

    /// Speaks over two descriptors, which stay the caller's.
    public init(client: EngineClient, input: Int32 = 0, output: Int32 = 1) throws(Fault) {
        self.client = client
        self.input = try InputLines(input)
        self.output = try OutputLines(output)
    }

    /// Writes every event after this place of the log, nil for none, and answers commands, until the task
    /// is cancelled.
    ///
    /// What was asked by then is still answered.
    public func run(eventsAfter place: Int64?) async {
        let (client, input, output) = (client, input, output)
        let port = LinePort(
            next: { await input.next() }, write: { try await output.write($0) },
            isCongested: { output.isCongested })
        await withTaskGroup(of: Void.self) { group in
            if let place {
                let events = LineSession(port: port) { _ throws(Fault) in client }
                group.addTask { await events.followPlainly(after: place, with: client) }
            }
            group.addTask {
                // A line over the limit ends a conversation; on a pipe the next one begins after it.
                await LineSession(port: port) { _ throws(Fault) in client }.run()
            }
            await group.waitForAll()
        }
        output.stop()
    }

    deinit {
        input.stop()
        output.stop()
    }
}
