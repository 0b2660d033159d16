/// A session as the contract tells of it: small, written by hand, and knowing nothing of the engine.
///
/// Tests give the same orders to it and to the engine, and compare.
public struct SessionModel: Hashable, Sendable {
    /// What a person wants.
    public enum Order: String, Hashable, Sendable, CaseIterable {
        case start, pause, resume, cancel, say, set
    }

    /// What an order comes to.
    public enum Answer: Hashable, Sendable {
        /// Something was written down.
        case done
        /// The goal held already.
        case nothing
        /// The state forbids it.
        case refused
    }

    /// What the engine must do next.
    public enum Duty: String, Hashable, Sendable {
        case nothing, makeWorkspace, checkpoint, callModel, runTool, runGate, takeUp, restore
        case pause, deliver, leaveOut, returnGates, fail, rollBack, finish
    }

    /// A call whose end is not known.
    public enum Call: Hashable, Sendable { case model, tool, gate }

    /// What happens after the last red gate.
    public enum Policy: Hashable, Sendable, CaseIterable { case rollBack, fail, pause }

    /// The state by its name in the contract.
    public var state = "CREATED"
    /// How often the gate is tried; none without a gate.
    public var gateTries = 0
    /// What happens then.
    public var policy = Policy.rollBack
    /// The limit of turns; none without.
    public var turnLimit: Int?
    /// Turns so far.
    public var turns = 0
    /// Checkpoints so far.
    public var checkpoints = 0
    /// The call under way.
    public var call: Call?

    private var left = "RUNNING"
    private var reason = ""
    private var isPauseAsked = false
    private var hasWorkspace = false
    private var isTouched = false
    private var isTurnOpen = false
    private var wanted = 0
    private var isDone = false
    private var waiting = 0
    private var isSteered = false
    private var tries = 1
    private var gate: Bool?

    /// A session that was just made.
    public init() {}

    /// A session that stands in a state, and that goes on as `left` where it is paused.
    public init(state: String, left: String = "RUNNING") { (self.state, self.left) = (state, left) }

    /// Whether it runs: something is under way, or about to be.
    public var runs: Bool { ["RUNNING", "CHECKPOINT", "GATE_CHECK"].contains(state) }

    private var lives: Bool { runs || state == "QUEUED" }

    // MARK: People

    /// Takes an order.
    public mutating func take(_ order: Order) -> Answer {
        switch order {
        case .start: start()
        case .pause: pauseAsked()
        case .resume: resume()
        case .cancel: cancel()
        case .say: say()
        case .set: raise()
        }
    }

    /// Five more turns than it had; one that waits for them goes on.
    private mutating func raise() -> Answer {
        guard !["COMPLETE", "FAILED", "CANCELLED"].contains(state) else { return .refused }
        let limit = (turnLimit ?? 50) + 5
        turnLimit = limit
        if state == "PAUSED", reason == "turns", turns < limit { state = left }
        return .done
    }

    private mutating func start() -> Answer {
        switch state {
        case "CREATED":
            state = "QUEUED"
            return .done
        case "QUEUED", "RUNNING", "CHECKPOINT", "GATE_CHECK", "ROLLBACK": return .nothing
        default: return .refused
        }
    }

    private mutating func pauseAsked() -> Answer {
        if state == "PAUSED" || lives && isPauseAsked { return .nothing }
        guard lives else { return .refused }
        isPauseAsked = true
        return .done
    }

    private mutating func resume() -> Answer {
        if lives {
            defer { isPauseAsked = false }
            return isPauseAsked ? .done : .nothing
        }
        if state == "ROLLED_BACK" {
            state = "QUEUED"
            return .done
        }
        guard state == "PAUSED" else { return .refused }
        if reason == "turns", let turnLimit, turns >= turnLimit { return .refused }
        (state, isPauseAsked) = (left, false)
        if reason == "gate" { returned() }
        return .done
    }

    private mutating func cancel() -> Answer {
        switch state {
        case "CANCELLED": return .nothing
        case "COMPLETE", "FAILED", "ROLLED_BACK": return .refused
        default:
            end("CANCELLED")
            return .done
        }
    }

    private mutating func say() -> Answer {
        guard lives || state == "CREATED" || state == "PAUSED" else { return .refused }
        waiting += 1
        return .done
    }

    // MARK: The engine

    /// What must be done now.
    public var duty: Duty {
        if state == "ROLLBACK" { return .restore }
        guard runs else { return .nothing }
        if let call { return isPauseAsked && call == .gate ? .pause : .takeUp }
        if isPauseAsked, checkpoints == 0 { return .pause }
        if !hasWorkspace { return .makeWorkspace }
        if checkpoints == 0 { return .checkpoint }
        let isOpen = isTouched || isTurnOpen
        if isPauseAsked { return isOpen ? .checkpoint : .pause }
        if wanted > 0 { return isSteered ? .leaveOut : isTouched ? .checkpoint : .runTool }
        if isDone, waiting == 0 { return isOpen ? .checkpoint : endDuty }
        if isTurnOpen { return .checkpoint }
        if let turnLimit, turns >= turnLimit { return .pause }
        return waiting > 0 ? .deliver : .callModel
    }

    private var endDuty: Duty {
        guard gateTries > 0, gate != true else { return .finish }
        if gate == nil { return .runGate }
        if tries < gateTries { return .returnGates }
        switch policy {
        case .rollBack: return .rollBack
        case .fail: return .fail
        case .pause: return .pause
        }
    }

    /// It left the queue.
    public mutating func started() { state = "RUNNING" }

    /// Its workspace was made.
    public mutating func workspaceMade() { hasWorkspace = true }

    /// A checkpoint was taken.
    public mutating func checkpointTaken() {
        (checkpoints, isTouched, isTurnOpen) = (checkpoints + 1, false, false)
        if state == "RUNNING" { state = "CHECKPOINT" }
    }

    /// A call was begun.
    public mutating func began(_ call: Call) {
        self.call = call
        state = call == .gate ? "GATE_CHECK" : "RUNNING"
        // Another tree, and the gate has not been run on it.
        if call == .model { gate = nil }
    }

    /// The model answered, and wants so many tools.
    public mutating func answered(wanting tools: Int) {
        (call, turns, isTurnOpen) = (nil, turns + 1, true)
        (wanted, isDone) = (tools, tools == 0)
    }

    /// A call of the model was lost, or one of a tool undone: it is made again.
    public mutating func undone() { call = nil }

    /// A tool came to its end.
    public mutating func toolEnded() {
        (call, wanted, isTouched) = (nil, wanted - 1, true)
        isSteered = waiting > 0
    }

    /// The other tools of the turn were left out, for what a person said.
    public mutating func leftOut() { wanted = 0 }

    /// The gate came to its end.
    public mutating func gateEnded(_ passed: Bool) { (call, gate) = (nil, passed) }

    /// What people said is part of the conversation.
    public mutating func delivered() { (waiting, isSteered, isDone) = (0, false, false) }

    /// The gate's output went back to the agent.
    public mutating func returned() {
        (state, isDone, tries, gate) = ("RUNNING", false, tries + 1, nil)
    }

    /// It was paused: by a person, at its limit, or at a red gate.
    public mutating func paused() {
        reason = isPauseAsked ? "operator" : isDone && waiting == 0 ? "gate" : "turns"
        (left, call, isPauseAsked) = (state, nil, false)
        state = "PAUSED"
    }

    /// Its files go back to the beginning.
    public mutating func rollsBack() { (state, call) = ("ROLLBACK", nil) }

    /// They have, and the conversation too.
    public mutating func rolledBack() {
        (wanted, isDone, tries, gate, isTouched) = (0, false, 1, nil, true)
        end("ROLLED_BACK")
    }

    /// It has ended.
    public mutating func end(_ state: String) {
        (self.state, isPauseAsked) = (state, false)
    }
}
