import AgentOSCore
import Terminal

/// What lies over the place that is shown and takes the keys.
public enum Overlay: Hashable, Sendable {
    /// Keys and commands.
    case help(Scroll)
    /// What was told.
    case notices(Scroll)
    /// A line that is being typed.
    case line(LinePrompt)
    /// A question before something costly.
    case confirm(Confirmation)
    /// A session without a file.
    case form(NewSessionForm)
    /// Where to roll back to.
    case rollback(RollbackChooser)
    /// How to take a result.
    case apply(ApplyChooser)
    /// What was found in all transcripts.
    case search(SearchChooser)
    /// What becomes of live work.
    case leave(Choice)
}

/// A line that is being typed at the bottom of the screen.
public struct LinePrompt: Hashable, Sendable {
    /// What the line is for.
    public enum Purpose: Hashable, Sendable {
        /// Only rows that hold a text; what it was before.
        case filter(before: String)
        /// A command.
        case command
        /// Something said to a session.
        case say(SessionID)
        /// What a new session that goes on from a checkpoint is told first.
        case fork(SessionID, CheckpointID)
        /// The answer to a question.
        case answer(ItemID)
    }
    /// What the line is for.
    public var purpose: Purpose
    /// What is typed.
    public var line: InputLine
    /// The completion that was put in last.
    var completion: Int?
    /// What was typed before completing.
    var typed = ""

    init(_ purpose: Purpose, _ prompt: StyledLine, text: String = "") {
        self.purpose = purpose
        line = InputLine(text, prompt: prompt)
    }
}

/// Buttons, of which one is focused.
public struct Choice: Hashable, Sendable {
    /// What they say.
    public var options: [String]
    /// The focused one.
    public var focus = 0

    /// Goes round by one.
    mutating func step(_ by: Int) { focus = (focus + by + options.count) % max(1, options.count) }
}

/// A question before something costly; Cancel is focused.
public struct Confirmation: Hashable, Sendable {
    /// What is asked.
    public var title: SafeText
    /// What will happen, and what dies with it.
    public var lines: [SafeText]
    /// The buttons: Cancel first.
    public var choice: Choice
    /// What is done.
    public var command: Command
    /// For what cannot be undone: the name that has to be typed, and what was typed.
    public var name: String?
    /// What was typed of the name.
    public var typed = InputLine()
}

/// Where to roll back to: the checkpoints, and what going back to the selected one would do.
public struct RollbackChooser: Hashable, Sendable {
    /// The session.
    public var sessionId: SessionID
    /// Its name.
    public var name: String
    /// Oldest first; nil before they are loaded.
    public var checkpoints: [CheckpointReading]?
    /// The selected one.
    public var place: ListPlace<CheckpointID>
    /// What it would do; nil before it is known.
    public var preview: RollbackPreview?
    /// Why that is not known.
    public var fault: Fault?
    /// The buttons, once a checkpoint was chosen.
    public var confirm: Choice?
    /// How far what it would do is scrolled.
    public var scroll = Scroll()
}

/// How to take a result, and what each way would write.
public struct ApplyChooser: Hashable, Sendable {
    /// A way to take a result.
    public enum Form: Int, Hashable, Sendable, CaseIterable {
        /// One commit on a branch of its own.
        case branch
        /// Into the files, unstaged.
        case here
        /// A patch file.
        case patch
    }
    /// The session.
    public var sessionId: SessionID
    /// Its name.
    public var name: String
    /// What is chosen.
    public var form = Form.branch
    /// Where the patch is written.
    public var path: InputLine
    /// Although a required gate is not green.
    public var isUngated = false
    /// Whether the keys go to the switch for that.
    public var onSwitch = false
    /// How far what it would write is scrolled.
    public var scroll = Scroll()
    /// What a dry run of each way told.
    public var told: [Form: Result<CommandReply, Fault>] = [:]
}

/// The form for a session without a file.
public struct NewSessionForm: Hashable, Sendable {
    /// A field.
    public enum Field: Int, Hashable, Sendable, CaseIterable {
        /// What the agent is to do.
        case goal
        /// The folder of which it gets a copy; empty for an empty one.
        case folder
        /// The route or model.
        case model
        /// The command that must pass at the end.
        case gate
        /// What it may cost.
        case cost
    }
    /// What is typed, in the order of the fields.
    public var lines: [InputLine]
    /// The focused field.
    public var focus = Field.goal
    /// What is wrong, by field.
    public var faults: [Field: String] = [:]
    /// What the host said.
    public var refusal: Fault?
    /// Whether it was sent.
    public var isSent = false

    /// What is typed in a field.
    public subscript(field: Field) -> InputLine {
        get { lines[field.rawValue] }
        set { lines[field.rawValue] = newValue }
    }
}
