import AgentOSCore
import CSandbox
import Glibc

extension Sandbox {
    /// Runs one command and hears all that it writes on its standard output; its errors alone are kept in the spool.
    ///
    /// `hear` is called on a thread that may wait in it: a command that is not listened to waits as well. Its standard
    /// input is what is written to `input`, which is closed with its end; empty without. Otherwise as
    /// `run(_:onOutput:)`.
    public func listen(
        to command: ConfinedCommand, input: CommandInput? = nil,
        hear: @escaping @Sendable (ArraySlice<UInt8>) -> Void
    ) async throws -> ConfinedResult {
        defer { input?.close() }
        let (source, sink) = try Self.pipe()
        let (mouth, spout) = try Self.inputEnds(input, closing: [source, sink])
        let ends = TalkEnds([mouth, sink])
        var command = command
        command.talk = (mouth, sink)
        let ready = command
        return try await withThrowingTaskGroup(of: ConfinedResult?.self) { group in
            group.addTask {
                // Ended by the end of the last process that could write, and of our own copy.
                try await BlockingThread.value { Self.drain(source, hear) }
                return nil
            }
            if let input, let spout {
                group.addTask {
                    try await BlockingThread.value { input.pour(into: spout) }
                    return nil
                }
            }
            group.addTask {
                defer {
                    ends.close()
                    input?.close()
                }
                return try await run(ready, onStart: ends.close, onOutput: { _ in })
            }
            var result: ConfinedResult?
            while let ended = try await group.next() { result = ended ?? result }
            guard let result else { throw Fault.failed("the command has no result") }
            return result
        }
    }

    private static func pipe() throws(Fault) -> (source: Int32, sink: Int32) {
        var ends: [Int32] = [-1, -1]
        guard csandbox_pipe(&ends) == 0 else { throw .failed("no descriptors left to run a command") }
        return (ends[0], ends[1])
    }

    /// What the command reads from, and where what it is told is written.
    private static func inputEnds(_ input: CommandInput?, closing others: [Int32]) throws(Fault) -> (
        Int32, Int32?
    ) {
        guard input != nil else { return (open("/dev/null", O_RDONLY | O_CLOEXEC), nil) }
        do {
            let ends = try pipe()
            return (ends.source, ends.sink)
        } catch {
            for end in others { _ = Glibc.close(end) }
            throw error
        }
    }

    private static func drain(_ source: Int32, _ hear: (ArraySlice<UInt8>) -> Void) {
        defer { close(source) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(source, &buffer, buffer.count)
            if count > 0 { hear(buffer[..<count]) }
            if count == 0 || (count < 0 && errno != EINTR) { return }
        }
    }
}
