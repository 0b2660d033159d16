import AgentOSCore
import Documents
import FoundationEssentials

extension Program {
    /// config.yaml; without a file that the person named, an absent one is an empty one.
    func settings(_ options: GlobalOptions) throws -> LocatedConfiguration {
        let (path, isNamed) = try HomePath.configuration(
            option: options.config, environment: environment, folder: folder)
        if !isNamed, !FileManager.default.fileExists(atPath: path) { return .empty }
        let home = try HomePath.home(option: options.home, environment: environment, folder: folder)
        let store = try secrets(options, home: home)
        return try ConfigurationDocument.read(path: path, environment: environment) { name throws(Fault) in
            try store.value(of: name)
        }
    }

    /// A session file as the configuration that `session.create` takes.
    func session(file: String, set: [String], record: String?) throws -> SessionConfig {
        let values = try Self.values(set)
        let name = path(file)
        guard FileManager.default.fileExists(atPath: name) else {
            throw Fault.usage("there is no file \(file)", hint: "name a session file")
        }
        var config = try SessionDocument.read(path: name, as: file, set: values, environment: environment)
        config.record = record.map(path)
        return config
    }

    /// What `--set NAME=VALUE` gives.
    static func values(_ set: [String]) throws(Fault) -> [String: String] {
        var values: [String: String] = [:]
        for word in set {
            guard let mark = word.firstIndex(of: "="), mark != word.startIndex else {
                throw .usage("--set \(word) is not NAME=VALUE", hint: "write --set target=linux")
            }
            values[String(word[..<mark])] = String(word[word.index(after: mark)...])
        }
        return values
    }
}
