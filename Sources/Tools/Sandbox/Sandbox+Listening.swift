import AgentOSCore
import CSandbox
import Glibc

extension Sandbox {
    /// Runs one command and hears all that it writes on its standard output; its errors alone are kept in the spool.
    ///
    /// `hear` is called on a thread that may wait in it: a command that is not listened to waits as well. Its standard
    /// input is empty. Otherwise as `run(_:onOutput:)`.
    public func listen(
        to command: ConfinedCommand, hear: @escaping @Sendable (ArraySlice<UInt8>) -> Void
    ) async throws -> ConfinedResult {
        var output: [Int32] = [-1, -1]
        guard csandbox_pipe(&output) == 0 else { throw Fault.failed("no descriptors left to run a command") }
        let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
        let (source, sink) = (output[0], output[1])
        let ends = TalkEnds([input, sink])
        var command = command
        command.talk = (input, sink)
        let ready = command
        return try await withThrowingTaskGroup(of: ConfinedResult?.self) { group in
            group.addTask {
                // Ended by the end of the last process that could write, and of our own copy.
                try await BlockingThread.value { Self.drain(source, hear) }
                return nil
            }
            group.addTask {
                defer { ends.close() }
                return try await run(ready, onStart: ends.close, onOutput: { _ in })
            }
            var result: ConfinedResult?
            while let ended = try await group.next() { result = ended ?? result }
            guard let result else { throw Fault.failed("the command has no result") }
            return result
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
