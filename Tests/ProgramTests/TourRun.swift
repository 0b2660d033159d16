import AgentOSCore
import TestSupport

@testable import agentos

/// A tour in this process, its engine the built program, in a folder of its own.
enum TourRun {
    /// Runs a body with a tour's stage, and ends its engine.
    static func with<Value: Sendable>(
        pace: Int64, _ body: @escaping @Sendable (TourStage) async throws -> Value
    ) async throws -> Value {
        let folder = try TemporaryFolder()
        let environment = [
            "HOME": folder.path, "PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "LANG": "C.UTF-8",
            "TZ": "UTC",
        ]
        let program = Program(
            environment: environment, folder: folder.path,
            hosting: Composition.hosting(environment: environment), clock: Composition.clock)
        return try await TourStage.with(
            program, try GlobalOptions.parse([]), pace: pace, executable: ChildProgram.path, body)
    }
}
