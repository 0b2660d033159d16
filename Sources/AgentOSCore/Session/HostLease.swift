/// Who runs a session: a process of one boot of a machine.
public struct HostLease: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The machine's name.
    public var host: String
    /// The boot's id.
    public var boot: String
    /// The process.
    public var pid: Int32

    /// A process of a boot of a machine.
    public init(host: String, boot: String, pid: Int32) {
        self.host = host
        self.boot = boot
        self.pid = pid
    }

    /// `HOST BOOT PID`, as a lock's file holds it.
    public var description: String { "\(host) \(boot) \(pid)" }

    /// Reads what `description` writes; nil for anything else.
    public init?(_ text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 3, words.allSatisfy({ $0.utf8.count <= 255 }), let pid = Int32(words[2]), pid > 0
        else { return nil }
        self.init(host: String(words[0]), boot: String(words[1]), pid: pid)
    }
}
