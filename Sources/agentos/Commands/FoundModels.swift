import AgentOSCore
import HTTPTransport

/// What `init` found: keys in the environment, and servers on this machine.
struct FoundModels: Sendable {
    /// A vendor whose key is in the environment.
    struct Vendor: Sendable, Hashable {
        /// Its kind, which is also what it is called.
        let kind: ProviderConfiguration.Kind
        /// The variable that holds its key.
        let variable: String
        /// The model that is suggested; the table that ships has its price.
        let model: String
    }

    /// A server that answered, with its models.
    struct Server: Sendable, Hashable {
        let name: String
        /// The base URL, up to `/v1`.
        let url: String
        let models: [String]
    }

    let vendors: [Vendor]
    let servers: [Server]

    var isEmpty: Bool { vendors.isEmpty && servers.isEmpty }
    /// What they are called in config.yaml.
    var names: [String] { vendors.map(\.kind.rawValue) + servers.map(\.name) }
    /// The suggested route: what is on this machine last, as it answers when nobody else does.
    var route: [String] {
        vendors.map { "\($0.kind.rawValue)/\($0.model)" }
            + servers.compactMap { server in server.models.first.map { "\(server.name)/\($0)" } }
    }
    /// A line each.
    var lines: [String] {
        vendors.map { "found \($0.variable): \($0.kind.rawValue)" }
            + servers.map { "found \($0.name) at \($0.url): \($0.models.prefix(5).joined(separator: ", "))" }
    }

    /// The vendors, with the names that people give their keys.
    static let known = [
        Vendor(kind: .anthropic, variable: "ANTHROPIC_API_KEY", model: "claude-sonnet-5-5"),
        Vendor(kind: .openai, variable: "OPENAI_API_KEY", model: "gpt-6.1-sol"),
        Vendor(kind: .google, variable: "GEMINI_API_KEY", model: "gemini-flash-latest"),
        Vendor(kind: .google, variable: "GOOGLE_API_KEY", model: "gemini-flash-latest"),
        Vendor(kind: .mistral, variable: "MISTRAL_API_KEY", model: "mistral-medium-latest"),
    ]

    /// Where local servers usually listen.
    static let usual = [
        ("ollama", "http://127.0.0.1:11434/v1"), ("llamacpp", "http://127.0.0.1:8080/v1"),
        ("vllm", "http://127.0.0.1:8000/v1"), ("lmstudio", "http://127.0.0.1:1234/v1"),
    ]

    static func vendors(in environment: [String: String]) -> [Vendor] {
        var found: [Vendor] = []
        for vendor in known where environment[vendor.variable].map({ !$0.isEmpty }) == true {
            if !found.contains(where: { $0.kind == vendor.kind }) { found.append(vendor) }
        }
        return found
    }

    /// The servers that name at least one model at `/models`; each has two seconds.
    static func servers(_ places: [(name: String, url: String)]) async -> [Server] {
        let transport = HTTPTransport()
        defer { transport.shutDown() }
        let answers = await withTaskGroup(of: (Int, [String]).self) { group in
            for (index, place) in places.enumerated() {
                group.addTask { (index, await models(at: place.url, transport)) }
            }
            return await group.reduce(into: [Int: [String]]()) { $0[$1.0] = $1.1 }
        }
        var found: [Server] = []
        for (index, place) in places.enumerated() {
            guard let models = answers[index], !models.isEmpty,
                !found.contains(where: { $0.url == place.url })
            else { continue }
            let own = usual.contains { $0.0 == place.name } ? place.name : "server"
            let same = found.count { $0.name == own || $0.name.hasPrefix(own + "-") }
            found.append(Server(name: same == 0 ? own : "\(own)-\(same + 1)", url: place.url, models: models))
        }
        return found
    }

    private static func models(at url: String, _ transport: HTTPTransport) async -> [String] {
        let limit = Duration.seconds(2)
        let request = HTTPRequest(
            method: "GET", url: url + "/models", headers: [],
            timeouts: HTTPTimeouts(connect: limit, firstByte: limit, idle: limit, total: limit),
            maxBodyBytes: 4 << 20)
        guard let response = try? await transport.send(request), response.head.status == 200,
            let bytes = try? await response.body.collect(upTo: 4 << 20),
            let value = try? JSONText.decode(JSONValue.self, from: bytes)
        else { return [] }
        let names = (value["data"]?.array ?? []).compactMap { $0["id"]?.string }
        return names.filter { name in
            !name.isEmpty && name.utf8.count <= 200 && SafeText(name).text == name
                && name.utf8.allSatisfy {
                    $0 > 32 && $0 < 127 && ![34, 39, 44, 91, 92, 93, 123, 125].contains($0)
                }
        }
    }
}
