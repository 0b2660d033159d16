import AgentOSCore
import CSandbox

/// What stands between a command and the machine.
public enum SandboxLayer: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Namespaces and a file system of its own, through bubblewrap.
    case bubblewrap
    /// The kernel's Landlock at this version, with a seccomp filter.
    case landlock(abi: Int)

    /// `bubblewrap` or `landlock 7`, as `doctor` and every tool event name it.
    public var description: String {
        switch self {
        case .bubblewrap: "bubblewrap"
        case .landlock(let abi): "landlock \(abi)"
        }
    }

    /// Reads what `description` wrote; nil for anything else.
    public init?(_ text: String) {
        if text == "bubblewrap" {
            self = .bubblewrap
        } else if text.hasPrefix("landlock "), let abi = Int(text.dropFirst("landlock ".count)) {
            self = .landlock(abi: abi)
        } else {
            return nil
        }
    }

    /// Reads the text.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let layer = SandboxLayer(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no sandbox layer is called \(text)"))
        }
        self = layer
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// The layers to try on this machine, the stronger one first.
    static var candidates: [SandboxLayer] {
        [.bubblewrap, .landlock(abi: min(7, Int(csandbox_landlock_abi())))]
    }
}
