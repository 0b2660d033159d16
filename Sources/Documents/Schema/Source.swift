import AgentOSCore

/// The kinds of file that people write.
enum DocumentKind: String, Sendable {
    case configuration, session, chain, prices, theme, keymap
}

/// What surrounds the values of one file while they are decoded; collects every fault.
///
/// It lives within one call of a `read` and is never shared.
final class Source {
    /// What is being read.
    let kind: DocumentKind
    /// The file as the person named it.
    let file: String
    /// The absolute path of the folder that paths in the file are relative to.
    let folder: String
    /// What `${NAME}` reads, and where `~` is.
    let environment: [String: String]
    /// What `secret:NAME` reads.
    let secrets: ConfigurationDocument.Secrets
    /// What `${set.NAME}` reads.
    let set: [String: String]
    /// Whether a session is read for a step of a chain.
    let isStep: Bool
    /// Whether what its paths name must be there.
    let looksAtDisk: Bool
    /// The steps whose files it then goes on with.
    var from: [String] = []
    /// What is wrong so far.
    private(set) var faults: [DocumentFault] = []

    /// Faults kept; a file with more is broken in a way that more lines do not explain.
    private static let limit = 1000

    init(
        kind: DocumentKind, file: String, folder: String, environment: [String: String] = [:],
        set: [String: String] = [:], isStep: Bool = false, looksAtDisk: Bool = false,
        secrets: @escaping ConfigurationDocument.Secrets = ConfigurationDocument.noSecrets
    ) {
        self.secrets = secrets
        self.kind = kind
        self.file = file
        self.folder = folder
        self.environment = environment
        self.set = set
        self.isStep = isStep
        self.looksAtDisk = looksAtDisk
    }

    /// Notes a fault.
    func fault(line: Int?, key: String, _ message: String, _ suggestion: String? = nil) {
        guard faults.count < Self.limit else { return }
        faults.append(
            DocumentFault(file: file, line: line, key: key, message: message, suggestion: suggestion))
    }

    /// The value, unless something was wrong.
    func finish<Value>(_ value: Value?) throws(DocumentFaults) -> Value {
        guard let value, faults.isEmpty else {
            throw DocumentFaults(
                faults.isEmpty ? [DocumentFault(file: file, line: 1, message: "nothing to read")] : faults)
        }
        return value
    }
}
