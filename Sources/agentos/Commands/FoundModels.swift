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
                group.addTask {
                    guard case .models(let models) = await models(at: place.url, transport) else {
                        return (index, [])
                    }
                    return (index, models)
                }
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

    /// The address under which a server that a person names has its models: as it was given, else with `/v1` behind it.
    static func address(_ given: String) async throws(Fault) -> String {
        var url = given
        while url.hasSuffix("/") { url.removeLast() }
        let isPlain = url.utf8.allSatisfy { $0 > 32 && $0 < 127 && ![34, 39, 64, 92].contains($0) }
        guard isPlain, ["http://", "https://"].contains(where: { url.hasPrefix($0) && url != $0 }) else {
            throw .usage(
                "'\(SafeText(String(given.prefix(80))))' is not the address of a model server",
                hint: "write it like http://127.0.0.1:8080/v1")
        }
        let transport = HTTPTransport()
        defer { transport.shutDown() }
        var first: String?
        for place in [url] + (url.hasSuffix("/v1") ? [] : [url + "/v1"]) {
            switch await models(at: place, transport) {
            case .models: return place
            case .nothing(let why): first = first ?? why
            }
        }
        throw .failed(
            "\(url) names no model: \(first ?? "no answer")",
            hint: "look at it: curl \(url)/models; or write it into config.yaml by hand, with its key")
    }

    /// What is heard at a place where a server may be.
    private enum Heard {
        /// The names of its models, at least one.
        case models([String])
        /// Why it is none, in a few words.
        case nothing(String)
    }

    private static func models(at url: String, _ transport: HTTPTransport) async -> Heard {
        let limit = Duration.seconds(2)
        let request = HTTPRequest(
            method: "GET", url: url + "/models", headers: [],
            timeouts: HTTPTimeouts(connect: limit, firstByte: limit, idle: limit, total: limit),
            maxBodyBytes: 4 << 20)
        let bytes: [UInt8]
        do throws(HTTPFailure) {
            let response = try await transport.send(request)
            guard response.head.status == 200 else {
                return .nothing("it answers with status \(response.head.status)")
            }
            bytes = try await response.body.collect(upTo: 4 << 20)
        } catch {
            return .nothing("\(error)")
        }
        let value = try? JSONText.decode(JSONValue.self, from: bytes)
        let names = (value?["data"]?.array ?? []).compactMap { $0["id"]?.string }
        let usable = names.filter { name in
            !name.isEmpty && name.utf8.count <= 200 && SafeText(name).text == name
                && name.utf8.allSatisfy {
                    $0 > 32 && $0 < 127 && ![34, 39, 44, 91, 92, 93, 123, 125].contains($0)
                }
        }
        return usable.isEmpty ? .nothing("its answer is no list of models") : .models(usable)
    }
}
