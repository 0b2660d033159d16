import AgentOSCore
import EngineHost

/// What the commands need of the live engine; `Composition` fills it.
struct Hosting: Sendable {
    /// What an engine is opened with.
    struct Wish: Sendable {
        /// The home; its lock is held by this process.
        var home: HomeFolder
        /// Whose data.
        var tenant: TenantID
        /// config.yaml.
        var configuration: Configuration
        /// Which sessions run here.
        var scope: HostScope
    }

    /// An open engine.
    struct Engine: Sendable {
        /// The engine for an actor.
        var client: @Sendable (Actor) -> EngineClient
        /// Takes up what ran and runs sessions until `stop`.
        var run: @Sendable () async throws -> Void
        /// Returns when a command has asked the host to end, once what it waits for has ended.
        var waitUntilAsked: @Sendable () async -> Void
        /// Brings what runs to its next safe point, however long that takes.
        var standDown: @Sendable () async -> Void
        /// Checkpoints what runs and ends `run`.
        var stop: @Sendable () async -> Void
        /// Whether nothing runs and nothing waits to.
        var isIdle: @Sendable () async -> Bool
        /// Returns when that is so.
        var waitUntilIdle: @Sendable () async -> Void
        /// Closes the store; the lock may be given up afterwards.
        var close: @Sendable () async -> Void
    }

    /// What checking a log found.
    struct Verdict: Sendable {
        /// Whether every entry is as it was written.
        var isWhole: Bool
        /// One line.
        var text: String
        /// The same for a program.
        var value: JSONValue
    }

    /// One row of `doctor`.
    struct Finding: Sendable, Hashable, Codable {
        /// What was looked at.
        var name: String
        /// Whether it works.
        var ok: Bool
        /// What was found.
        var detail: String
        /// The command that mends it.
        var fix: String?
    }

    /// Opens the engine of a home.
    var open: @Sendable (Wish) async throws -> Engine
    /// Checks the tenant's log of a home, whether or not a host runs.
    var verify: @Sendable (HomeFolder, TenantID) async throws -> Verdict
    /// Writes a consistent copy of a home: of one whose lock this process holds, or whose host is this client's.
    var backup: @Sendable (HomeFolder, String, EngineClient?) async throws -> Void
    /// Puts a backup in the place of a home whose lock this process holds.
    var restore: @Sendable (String, HomeFolder) async throws -> Void
    /// Proves the sandbox of this machine.
    var sandbox: @Sendable (HomeFolder) async -> Finding
    /// The program's version.
    var version: String
}
