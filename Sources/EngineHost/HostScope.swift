/// Which sessions a process runs.
public enum HostScope: Hashable, Sendable {
    /// None: commands are only carried out on the store.
    case none
    /// The first that is started here, and nothing else of the home: `run --wait` without a host.
    case first
    /// All of the home.
    case all
}
