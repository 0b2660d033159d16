import AgentOSCore
import Terminal

/// How a session's state is written: a glyph, a word and a role, so that it is never colour alone.
struct StateWord: Hashable {
    let glyph: Glyph
    let word: String
    let role: Role

    init(glyph: Glyph, word: String, role: Role) {
        (self.glyph, self.word, self.role) = (glyph, word, role)
    }

    init(_ state: SessionState, reason: PauseReason? = nil) {
        word = reason.map { "\(state.rawValue) \($0)" } ?? state.rawValue
        switch state {
        case .created: (glyph, role) = (.dot, .stateCreated)
        case .queued: (glyph, role) = (.dot, .stateQueued)
        case .running: (glyph, role) = (.filledDot, .stateRunning)
        case .checkpoint: (glyph, role) = (.filledDot, .stateCheckpoint)
        case .gateCheck: (glyph, role) = (.right, .stateGateCheck)
        case .complete: (glyph, role) = (.check, .stateComplete)
        case .failed: (glyph, role) = (.fail, .stateFailed)
        case .paused: (glyph, role) = (.emptyDot, .statePaused)
        case .rollback: (glyph, role) = (.left, .stateRollback)
        case .rolledBack: (glyph, role) = (.left, .stateRolledBack)
        case .cancelled: (glyph, role) = (.times, .stateCancelled)
        }
    }

    /// Glyph and word in the theme's style.
    func line(_ theme: Theme) -> StyledLine {
        StyledLine(SafeText("\(glyph.scalar) \(word)"), theme[role])
    }
}
