/// What a piece of the screen is; what it looks like is the theme's.
///
/// The raw values are `ThemeFile.roleNames`.
public enum Role: String, Hashable, Sendable, CaseIterable {
    /// Ordinary text.
    case text
    /// What matters less.
    case dim
    /// The names of panes and boxes.
    case title
    /// The top line and column headings.
    case header
    /// The selected row.
    case selection
    /// Lines around boxes.
    case border
    /// What draws the eye.
    case accent
    /// Something to look after.
    case warning
    /// Something failed.
    case error
    /// Something is well.
    case success
    /// The name of a key.
    case key
    /// CREATED.
    case stateCreated = "state.created"
    /// QUEUED.
    case stateQueued = "state.queued"
    /// RUNNING.
    case stateRunning = "state.running"
    /// CHECKPOINT.
    case stateCheckpoint = "state.checkpoint"
    /// GATE_CHECK.
    case stateGateCheck = "state.gate_check"
    /// COMPLETE.
    case stateComplete = "state.complete"
    /// FAILED.
    case stateFailed = "state.failed"
    /// PAUSED.
    case statePaused = "state.paused"
    /// ROLLBACK.
    case stateRollback = "state.rollback"
    /// ROLLED_BACK.
    case stateRolledBack = "state.rolled_back"
    /// CANCELLED.
    case stateCancelled = "state.cancelled"
    /// A line that was added.
    case diffAdded = "diff.added"
    /// A line that was removed.
    case diffRemoved = "diff.removed"
    /// The heading of a hunk.
    case diffHunk = "diff.hunk"
    /// An amount of money.
    case money
    /// The mark of a rehearsed model.
    case rehearsal
    /// The tour's line.
    case guide
    /// A line that is being typed.
    case input
}
