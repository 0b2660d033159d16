import AgentOSCore

/// The rehearsed replies of the tour's two sessions, a line each.
struct TourReplies {
    /// Milliseconds before the first word of a turn.
    let pace: Int64
    /// How often the first session makes the slow call; more than once where it had ended before it was cut.
    var slowCalls = 1

    /// The session that mends the program.
    func mending() throws -> String {
        var lines = [
            reply("I run the tests first.", "shell", ["command": .string(TourFiles.disguised)]),
            reply("Only the sums fail. I look at how duration.sh adds up.", "read", ["path": "duration.sh"]),
            reply(
                "Each part replaces the total. It must be added, so the plus belongs before the equals sign.",
                "edit",
                edit(
                    "duration.sh", "total = number * scale[unit]", "total =+ number * scale[unit]")),
            reply("Done: every part is added to the total now."),
            reply(
                "The gate is right: `=+` only sets the total to a positive number. It is `+=`.", "edit",
                edit(
                    "duration.sh", "total =+ number * scale[unit]", "total += number * scale[unit]")),
            reply("All cases pass now."),
        ]
        for hour in 1...TourFiles.tries {
            lines.append(
                reply(
                    "The notes can wait: I try sum \(hour) of \(TourFiles.tries) by hand.", "shell",
                    ["command": .string("sh duration.sh \(hour)h\(hour * 4)m")],
                    until: hour == 1 ? .receipt : nil))
        }
        for index in 0..<slowCalls {
            lines.append(
                reply(
                    "Four more, one a second, into a file.", "shell",
                    ["command": .string(TourFiles.slow[min(index, TourFiles.slow.count - 1)])],
                    until: .powerCut))
        }
        lines += [
            reply(
                "Each sum is there once. The file was only for me.", "shell", ["command": "rm sums.txt"],
                until: .rest),
            reply(
                "Now the notes.", "edit",
                edit("README.md", "in seconds;", "in seconds, its parts added up;")),
            reply("The sums are right, the tests are as they were, and the README says so."),
        ]
        return try text(lines)
    }

    /// The session whose gate stays red.
    func shortening() throws -> String {
        try text([
            reply(
                "It can be much shorter.", "write",
                ["path": "duration.sh", "content": "#!/bin/sh\necho \"${1%?}\"\n"]),
            reply("Done: two lines instead of twenty-seven."),
        ])
    }

    private func edit(_ path: String, _ old: String, _ new: String) -> [String: JSONValue] {
        ["path": .string(path), "old": .string(old), "new": .string(new)]
    }

    private func reply(
        _ words: String, _ tool: String? = nil, _ arguments: [String: JSONValue] = [:], until: TourMark? = nil
    ) -> JSONValue {
        var members: [String: JSONValue] = [
            "text": .string(words), "after_ms": .int(pace), "chunk_ms": .int(pace / 20),
            "usage": [
                "input": .int(Int64(400 + words.utf8.count)), "output": .int(Int64(words.utf8.count / 4)),
            ],
        ]
        if let until { members["until_file"] = .string(until.rawValue) }
        if let tool {
            members["tool_calls"] = .array([
                .object(["name": .string(tool), "arguments": .object(arguments)])
            ])
        }
        return .object(members)
    }

    private func text(_ lines: [JSONValue]) throws -> String {
        try lines.map { try JSONText.string($0) + "\n" }.joined()
    }
}

/// A file in the tour's home that a reply waits for: the session goes on when the guide has come to a step.
enum TourMark: String, Sendable {
    /// The small turns, which may be paused.
    case receipt = "mark-receipt"
    /// The call that is cut.
    case powerCut = "mark-kill"
    /// What is left of the first session.
    case rest = "mark-rest"
}

/// The tour's two sessions.
enum TourPart: String, Sendable, CaseIterable {
    /// Mends the program.
    case mend = "mend-duration"
    /// Makes it shorter, and breaks it.
    case shorten = "shorten-duration"

    /// What `session.create` takes.
    func config(program: String) -> SessionConfig {
        var config = SessionConfig(name: rawValue, goal: goal)
        config.workspace = .copy(path: program, include: [])
        config.tools = ["read", "write", "edit", "search", "shell"]
        config.limits.time = 300_000
        config.limits.turns = 60
        config.gates = [GateConfig(name: "tests", kind: .run(command: "sh test.sh", timeout: 60_000))]
        switch self {
        case .mend:
            // A rule's star never covers what begins another command, so the disguised call is still asked for.
            config.ask = .always
            config.allow = ["shell *", "edit *"] + TourFiles.slow.map { "shell \($0)" }
            config.gates.append(
                GateConfig(
                    name: "notes", kind: .run(command: "grep -q 'added up' README.md", timeout: 60_000)))
            config.gateAttempts = 3
            config.onGateFailure = .pause
        case .shorten:
            config.model = "shorten"
            config.ask = .never
            config.onGateFailure = .pause
        }
        return config
    }

    private var goal: String {
        switch self {
        case .mend:
            """
            `sh test.sh` fails: 1h30m should be 5400 seconds. Find the bug in duration.sh and mend it.
            Leave the tests as they are. Then say in README.md that the parts are added up.
            """
        case .shorten: "Make duration.sh as short as it can be. `sh test.sh` must pass."
        }
    }
}
