import ArgumentParser

/// What every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The home; else $AGENTOS_HOME or ~/.local/share/agentos.", valueName: "dir"))
    var home: String?

    @Option(
        help: ArgumentHelp(
            "The configuration; else $AGENTOS_CONFIG or ~/.config/agentos/config.yaml.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Whose data; the local tenant is main.", valueName: "slug"))
    var tenant: String?

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("The name to act under, as the log shows it.", valueName: "name"))
    var name: String?

    @Flag(help: "One JSON value on stdout, everything else on stderr.")
    var json = false

    @Flag(help: "Nothing on stdout but what was asked for.")
    var quiet = false

    /// The names that may also stand before the command, those with a value first.
    static let valued: Set<String> = ["--home", "--config", "--tenant", "--as"]
    static let flags: Set<String> = ["--json", "--quiet"]
}

/// What every list takes beside.
struct ListOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only these states, separated by commas.", valueName: "state"))
    var state: String?

    @Option(help: ArgumentHelp("Only what is younger: 2h, or an RFC 3339 time.", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit: Int?
}
