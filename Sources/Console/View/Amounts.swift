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
        let (day, minute) = place(at, offset)
        let time = "\(two(minute / 60)):\(two(minute % 60))"
        guard day != place(now, offset).day else { return time }
        let date = Timestamp.civil(fromDays: day)
        return "\(two(date.month))-\(two(date.day)) \(time)"
    }

    /// The day since 1970 and the minute of that day.
    private static func place(_ at: Timestamp, _ offset: Int) -> (day: Int64, minute: Int64) {
        let (minutes, _) = at.adding(milliseconds: Int64(offset) * 60_000).milliseconds.flooredBy(60_000)
        let (day, minute) = minutes.flooredBy(1440)
        return (day, minute)
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

extension Int64 {
    /// Quotient towards less and the remainder, which is never negative.
    fileprivate func flooredBy(_ divisor: Int64) -> (Int64, Int64) {
        let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
    }
}
