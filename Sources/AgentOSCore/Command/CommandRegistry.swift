/// Every command that the host can perform.
public enum CommandRegistry {
    private static let id = ArgumentSpec(
        "id", .session, help: "a session's id, an unambiguous prefix of it, or its name")

    private static let chain = ArgumentSpec(
        "id", .chain, help: "a chain's id, an unambiguous prefix of it, or its name")

    /// In the order that help shows them.
    public static let all: [CommandSpec] = [
        CommandSpec(
            "session.create", "make", help: "Makes a session from a session file.",
            [
                ArgumentSpec(
                    "config", .text,
                    help: "the session's configuration as JSON, or the file's path on the command line"),
                ArgumentSpec(
                    "dedup", .word, required: false,
                    help: "a key: while a session with it lives, that one is the answer"),
            ]),
        CommandSpec(
            "session.start", "start", help: "Queues a session.",
            [
                id,
                ArgumentSpec(
                    "at", .word, required: false, help: "not before this time, as 2026-11-23T03:00:00Z"),
                ArgumentSpec("in", .word, required: false, help: "not before so long from now, as 2h"),
            ]),
        CommandSpec(
            "session.say", "say",
            help:
                "Says something to a session, at the next tool boundary; one that has ended goes on as a fork.",
            [
                id, ArgumentSpec("text", .text, help: "what to say"),
                ArgumentSpec(
                    "now", .flag, required: false,
                    help: "end the call under way, so that it hears it at once"),
                ArgumentSpec(
                    "after-turn", .flag, required: false, help: "let the calls of this turn be made first"),
            ]),
        CommandSpec(
            "session.pause", "pause", help: "Pauses a session at its next safe point.", [id],
            danger: .undoable),
        CommandSpec("session.resume", "resume", help: "Lets a paused or rolled back session go on.", [id]),
        CommandSpec(
            "session.cancel", "cancel", help: "Ends a session and everything it runs.", [id], danger: .costly),
        CommandSpec(
            "session.set", "set a limit",
            help: "Changes a limit of a session; one that waits for it goes on.",
            [id, ArgumentSpec("setting", .word, help: "limits.KEY=VALUE, e.g. limits.cost=2.00")]),
        CommandSpec(
            "session.checkpoint", "checkpoint", help: "Takes a checkpoint of a session.",
            [id, ArgumentSpec("name", .word, required: false, help: "a name for it")]),
        CommandSpec(
            "session.rollback", "roll back",
            help: "Puts a session's files and transcript back to a checkpoint, by default to its start.",
            [
                id, ArgumentSpec("checkpoint", .checkpoint, required: false, help: "c3, its id or its name"),
                ArgumentSpec("files", .flag, required: false, help: "only the files"),
                ArgumentSpec("context", .flag, required: false, help: "only the transcript"),
            ], danger: .undoable),
        CommandSpec(
            "session.undo", "undo", help: "Undoes the last rollback of a session.", [id], danger: .undoable),
        CommandSpec(
            "gate.run", "run a gate",
            help: "Runs one gate by hand on a session's present files; the result is kept.",
            [id, ArgumentSpec("gate", .word, help: "the gate's name")]),
        CommandSpec(
            "session.fork", "fork", help: "Makes a new session that goes on from a checkpoint.",
            [
                id, ArgumentSpec("checkpoint", .checkpoint, help: "c3, its id or its name"),
                ArgumentSpec("say", .text, required: false, help: "what it is told first"),
                ArgumentSpec("name", .word, required: false, help: "its name"),
                ArgumentSpec("start", .flag, required: false, help: "queue it at once"),
            ]),
        CommandSpec(
            "session.apply", "apply",
            help: "Takes a session's result: as a branch, into the files, or as a patch.",
            [
                id, ArgumentSpec("branch", .word, required: false, help: "the branch to make"),
                ArgumentSpec("here", .flag, required: false, help: "merge into the files, unstaged"),
                ArgumentSpec("patch", .path, required: false, help: "write a patch to this file"),
                ArgumentSpec("only", .words, required: false, help: "only paths that match these globs"),
                ArgumentSpec(
                    "dry-run", .flag, required: false, help: "tell what would be written, write nothing"),
                ArgumentSpec(
                    "ungated", .flag, required: false, help: "although a required gate is not green"),
            ], danger: .undoable),
        CommandSpec(
            "session.unapply", "unapply", help: "Puts back what applying a session changed.", [id],
            danger: .undoable),
        CommandSpec(
            "session.export", "export", help: "Writes a session's files to a folder or a .tar file.",
            [id, ArgumentSpec("to", .path, help: "a folder that does not exist or is empty, or FILE.tar")]),
        CommandSpec(
            "session.discard", "discard", help: "Says that a session's result is not wanted.", [id],
            danger: .undoable),
        CommandSpec(
            "chain.create", "make", help: "Makes a chain from a chain file.",
            [
                ArgumentSpec(
                    "config", .text,
                    help: "the chain's configuration as JSON, or the file's path on the command line")
            ]),
        CommandSpec("chain.start", "start", help: "Queues a chain.", [chain]),
        CommandSpec(
            "chain.pause", "pause", help: "Pauses a chain, and its sessions at their next safe point.",
            [chain],
            danger: .undoable),
        CommandSpec(
            "chain.resume", "resume", help: "Lets a chain go on, from the failed step where it has failed.",
            [
                chain,
                ArgumentSpec(
                    "prefer", .word, required: false, help: "the step that wins where files conflict"),
            ]),
        CommandSpec(
            "chain.cancel", "cancel", help: "Ends a chain and all its sessions.", [chain], danger: .costly),
        CommandSpec(
            "chain.set", "set the budget", help: "Changes a chain's budget; one that waits for it goes on.",
            [chain, ArgumentSpec("setting", .word, help: "budget=VALUE, e.g. budget=5.00")]),
        CommandSpec(
            "chain.apply", "apply",
            help: "Takes a chain's last files: as a branch, into the files, or as a patch.",
            [
                chain, ArgumentSpec("branch", .word, required: false, help: "the branch to make"),
                ArgumentSpec("here", .flag, required: false, help: "merge into the files, unstaged"),
                ArgumentSpec("patch", .path, required: false, help: "write a patch to this file"),
                ArgumentSpec("only", .words, required: false, help: "only paths that match these globs"),
                ArgumentSpec(
                    "dry-run", .flag, required: false, help: "tell what would be written, write nothing"),
                ArgumentSpec(
                    "ungated", .flag, required: false, help: "although a required gate is not green"),
            ], danger: .undoable),
        CommandSpec(
            "chain.discard", "discard", help: "Says that what a chain came to is not wanted.", [chain],
            danger: .undoable),
        CommandSpec(
            "inbox.answer", "answer", help: "Answers an approval or a question.",
            [
                ArgumentSpec("id", .item, help: "the item's id"),
                ArgumentSpec("answer", .text, help: "yes; no, and why; or the text that answers a question"),
                ArgumentSpec(
                    "always", .word, required: false, help: "allow calls like this from now on: TOOL PATTERN"),
            ]),
        CommandSpec(
            "model.test", "test a model",
            help: "Asks a model for one word; what it costs is held, counted and told.",
            [ArgumentSpec("model", .word, help: "provider/model, or a route")]),
        CommandSpec(
            "host.pause-all", "pause all",
            help: "Pauses every session at its next safe point; again resumes those.",
            [ArgumentSpec("state", .word, required: false, help: "on or off; the other way without it")],
            danger: .undoable),
        CommandSpec(
            "home.gc", "clear", help: "Clears what the configuration's keep says is kept no longer.",
            [
                ArgumentSpec(
                    "dry-run", .flag, required: false, help: "tell what would be cleared, clear nothing")
            ], danger: .costly),
        CommandSpec("host.drain", "drain", help: "Takes no new work and stops when what runs has ended."),
        CommandSpec("host.stop", "stop", help: "Checkpoints what runs and stops the host.", danger: .costly),
    ]

    /// The command with this name.
    public static func spec(_ name: String) -> CommandSpec? { all.first { $0.name == name } }
}
