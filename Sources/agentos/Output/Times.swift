import AgentOSCore

/// Times as people give them on the command line.
enum Times {
    /// `2h` before now, or an RFC 3339 time.
    static func since(_ text: String?, now: Timestamp) throws(Fault) -> Timestamp? {
        guard let text else { return nil }
        if let span = DurationText.milliseconds(text) { return now.adding(milliseconds: -span) }
        if let moment = Timestamp(text) { return moment }
        throw .usage("--since \(text) is not a time", hint: "write 2h, 7d or 2026-11-22T13:00:00Z")
    }
}
