import AgentOSCore

/// Times, durations and money as a screen writes them.
enum Amounts {
    /// `4s`, `12m`, `3h 05m`, `2d 4h`.
    static func duration(_ milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds) / 1000
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3600 {
            return seconds < 600 ? "\(seconds / 60)m \(two(seconds % 60))s" : "\(seconds / 60)m"
        }
        if seconds < 86_400 { return "\(seconds / 3600)h \(two(seconds / 60 % 60))m" }
        return "\(seconds / 86_400)d \(seconds / 3600 % 24)h"
    }

    /// `14:02`, with the date in front when it is another day than `now`.
    static func clock(_ at: Timestamp, now: Timestamp, offset: Int) -> String {
        let local = at.adding(milliseconds: Int64(offset) * 60_000).description
        let today = now.adding(milliseconds: Int64(offset) * 60_000).description
        let time = String(local.dropFirst(11).prefix(5))
        return local.prefix(10) == today.prefix(10) ? time : "\(local.dropFirst(5).prefix(5)) \(time)"
    }

    /// `14:02:07`.
    static func clockSeconds(_ at: Timestamp, offset: Int) -> String {
        String(at.adding(milliseconds: Int64(offset) * 60_000).description.dropFirst(11).prefix(8))
    }

    /// Money as far as it is known: never a false zero.
    ///
    /// `$0.42`; `$0.42+?` where a part has no price; `—` where nothing has one.
    static func money(_ known: Money, hasUnpriced: Bool) -> String {
        guard hasUnpriced else { return "$\(known.short)" }
        return known == .zero ? "—" : "$\(known.short)+?"
    }

    /// `UTC+01:00`.
    static func zone(_ offset: Int) -> String {
        guard offset != 0 else { return "UTC" }
        return "UTC\(offset < 0 ? "-" : "+")\(two(Int64(abs(offset) / 60))):\(two(Int64(abs(offset) % 60)))"
    }

    /// `3 files`, `1 file`.
    static func count(_ number: Int, _ noun: String, plural: String? = nil) -> String {
        "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
    }

    private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : String(value) }
}
