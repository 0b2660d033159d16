import AgentOSCore
import FoundationEssentials

/// A zone of the system's database: when its clocks stood how far from UTC.
struct ZoneFile: Sendable {
    /// Moments in seconds since 1970 from which an offset holds, rising.
    private let transitions: [(from: Int64, seconds: Int)]
    private let first: Int

    /// Reads a file of the format of RFC 8536, versions 2 to 4; nil for anything else.
    init?(_ bytes: [UInt8]) {
        guard bytes.count > 44, bytes.starts(with: Array("TZif".utf8)), bytes[4] >= 0x32 else { return nil }
        func number(_ at: Int, _ width: Int) -> Int64? {
            guard at >= 0, at + width <= bytes.count else { return nil }
            var value: Int64 = bytes[at] & 0x80 != 0 ? -1 : 0
            for byte in bytes[at..<at + width] { value = value << 8 | Int64(byte) }
            return value
        }
        func counts(_ at: Int) -> [Int]? {
            let found = (0..<6).compactMap { number(at + 20 + $0 * 4, 4) }
            guard found.count == 6, found.allSatisfy({ (0...100_000).contains($0) }) else { return nil }
            return found.map { Int($0) }
        }
        // isutcnt isstdcnt leapcnt timecnt typecnt charcnt
        guard let old = counts(0) else { return nil }
        let start = 44 + old[3] * 5 + old[4] * 6 + old[5] + old[2] * 8 + old[1] + old[0]
        guard let new = counts(start), new[4] > 0 else { return nil }
        let times = start + 44
        let kinds = times + new[3] * 8
        let types = kinds + new[3]
        guard types + new[4] * 6 <= bytes.count else { return nil }
        func offset(_ type: Int) -> Int? { type < new[4] ? number(types + type * 6, 4).map { Int($0) } : nil }
        var transitions: [(from: Int64, seconds: Int)] = []
        for index in 0..<new[3] {
            guard let from = number(times + index * 8, 8), let seconds = offset(Int(bytes[kinds + index]))
            else {
                return nil
            }
            transitions.append((from, seconds))
        }
        guard let first = offset(0) else { return nil }
        self.transitions = transitions
        self.first = first
    }

    /// Minutes east of UTC at a moment.
    func minutes(at moment: Timestamp) -> Int {
        let second = moment.milliseconds / 1000
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].from <= second { low = middle + 1 } else { high = middle }
        }
        return (low == 0 ? first : transitions[low - 1].seconds) / 60
    }

    /// A zone by its IANA name; nil when the machine has none of that name.
    static func named(_ name: String) -> ZoneFile? {
        guard !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else { return nil }
        return read("/usr/share/zoneinfo/" + name)
    }

    /// The machine's zone with its name; `TZ` wins, as everywhere.
    static func machine(_ environment: [String: String]) -> (name: String, zone: ZoneFile)? {
        if let text = environment["TZ"] {
            let name = text.hasPrefix(":") ? String(text.dropFirst()) : text
            return named(name).map { (name, $0) }
        }
        guard let zone = read("/etc/localtime") else { return nil }
        let link = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/etc/localtime")) ?? ""
        let name = link.components(after: "zoneinfo/") ?? "local time"
        // One zone under several names: the short one is what people read.
        return (namesOfUTC.contains(name) ? "UTC" : name, zone)
    }

    private static let namesOfUTC = [
        "Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu",
    ]

    private static func read(_ path: String) -> ZoneFile? {
        (try? Data(contentsOf: URL(filePath: path))).flatMap { ZoneFile(Array($0)) }
    }
}

extension String {
    /// What stands after the last place where a mark stands.
    fileprivate func components(after mark: String) -> String? {
        var rest = self[...]
        var found: Substring?
        while let range = rest.firstRange(of: mark) {
            found = rest[range.upperBound...]
            rest = rest[range.upperBound...]
        }
        return found.flatMap { $0.isEmpty ? nil : String($0) }
    }
}
