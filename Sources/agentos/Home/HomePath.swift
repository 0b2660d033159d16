import AgentOSCore
import FoundationEssentials
import Glibc

/// Where things are, by the options and the environment.
enum HomePath {
    /// The home: `--home`, `$AGENTOS_HOME`, `$XDG_DATA_HOME/agentos` or `~/.local/share/agentos`, made absolute.
    static func home(option: String?, environment: [String: String], folder: String) throws(Fault) -> String {
        if let option {
            guard !option.isEmpty else { throw .usage("--home is empty", hint: "name a folder") }
            return absolute(option, environment: environment, folder: folder)
        }
        if let path = filled(environment["AGENTOS_HOME"]) {
            return absolute(path, environment: environment, folder: folder)
        }
        if let data = based(environment["XDG_DATA_HOME"]) { return data + "/agentos" }
        return try user(environment) + "/.local/share/agentos"
    }

    /// The configuration file, and whether the person named it, so that it must be there.
    static func configuration(
        option: String?, environment: [String: String], folder: String
    ) throws(Fault) -> (path: String, isNamed: Bool) {
        if let option { return (absolute(option, environment: environment, folder: folder), true) }
        if let path = filled(environment["AGENTOS_CONFIG"]) {
            return (absolute(path, environment: environment, folder: folder), true)
        }
        if let base = based(environment["XDG_CONFIG_HOME"]) { return (base + "/agentos/config.yaml", false) }
        return (try user(environment) + "/.config/agentos/config.yaml", false)
    }

    /// A path as the person means it: `~` is their folder, anything else that is not absolute starts here.
    static func absolute(_ path: String, environment: [String: String], folder: String) -> String {
        if path == "~" || path.hasPrefix("~/"), let user = try? user(environment) {
            return user + path.dropFirst()
        }
        let joined = path.hasPrefix("/") ? path : folder + "/" + path
        var parts: [Substring] = []
        for part in joined.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The folder that an absolute path is in.
    static func parent(of path: String) -> String {
        "/" + path.split(separator: "/").dropLast().joined(separator: "/")
    }

    /// The person's folder.
    static func user(_ environment: [String: String]) throws(Fault) -> String {
        if let home = based(environment["HOME"]) { return home }
        guard let entry = getpwuid(getuid()), let folder = entry.pointee.pw_dir else {
            throw .usage("nothing says where your files are", hint: "set HOME, or name a home: --home DIR")
        }
        return String(cString: folder)
    }

    private static func filled(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }

    /// A base folder counts only when it is absolute, as the XDG rules say.
    private static func based(_ text: String?) -> String? {
        guard let text, text.hasPrefix("/") else { return nil }
        return text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
