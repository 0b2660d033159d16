import Synchronization

/// Whether everything stands still, shared by the engine and all its runs.
///
/// What counts is in the log; this is what it says, at hand for every step.
final class Brake: Sendable {
    private let state = Atomic<Bool>(false)

    /// Whether it is on.
    var isOn: Bool { state.load(ordering: .acquiring) }

    /// Puts it on or takes it off.
    func set(_ isOn: Bool) { state.store(isOn, ordering: .releasing) }
}
