import AgentOSCore

/// Everything that a key or `:` can mean: what the screen does by itself, and what the host performs.
public enum CommandCatalogue {
    /// What only a screen does, in the order that help shows them.
    public static let screen: [CommandSpec] = [
        view("view.up", "up", "Moves one row up."),
        view("view.down", "down", "Moves one row down."),
        view("view.page-up", "page up", "Moves a screenful up."),
        view("view.page-down", "page down", "Moves a screenful down."),
        view("view.first", "first", "Moves to the first row."),
        view("view.last", "last", "Moves to the last row and follows what comes."),
        view("view.enter", "in", "Opens what is selected, or unfolds it."),
        view("view.back", "back", "Goes back to where you were, with its selection and filter."),
        view(
            "view.tab", "next view", "Shows a session's transcript, its checkpoints, its difference in turn."),
        view("view.next-file", "next file", "Moves to the next file of a difference."),
        view("view.previous-file", "previous file", "Moves to the previous file of a difference."),
        view("pane.inbox", "inbox", "Shows what waits for you, then what ended lately."),
        view("pane.sessions", "sessions", "Shows the sessions."),
        view("pane.session", "session", "Shows one session: the selected one, else the last one seen."),
        view("pane.events", "events", "Shows the log."),
        view("pane.chains", "chains", "Shows the chains."),
        view("inbox.next", "next", "Goes to the next agent that needs you, with its request."),
        CommandSpec("inbox.yes", "yes", help: "Answers the request that is shown with yes."),
        CommandSpec("inbox.no", "no", help: "Answers the request that is shown with no."),
        CommandSpec("session.new", "new", help: "Makes and starts a session without a file."),
        CommandSpec(
            "session.toggle", "pause/resume",
            help: "Pauses a session that works, resumes one that stands still."),
        CommandSpec(
            "chain.toggle", "pause/resume", help: "Pauses a chain that works, resumes one that stands still."),
        view("session.diff", "diff", "Shows what a session has changed."),
        CommandSpec(
            "session.search", "search", help: "Looks for words in the transcripts of all sessions.",
            [ArgumentSpec("text", .text, help: "what to look for")], changes: false),
        view("view.filter", "filter", "Shows only rows that hold a text."),
        view("view.command", "command", "Types a command by its name."),
        view("view.help", "help", "Shows the keys and commands."),
        view("view.notices", "notices", "Shows what was told in the status line, latest first."),
        view("view.redraw", "redraw", "Paints the whole screen again."),
        view("view.suspend", "suspend", "Gives the terminal back to the shell until fg."),
        view("view.leave", "leave", "Leaves the console; with live work it asks what becomes of it."),
    ]

    /// Everything: what only a screen does, then what the host performs.
    public static let all = screen + CommandRegistry.all

    /// The command with this name.
    public static func spec(_ name: String) -> CommandSpec? { all.first { $0.name == name } }

    private static func view(_ name: String, _ title: String, _ help: String) -> CommandSpec {
        CommandSpec(name, title, help: help, changes: false)
    }
}
