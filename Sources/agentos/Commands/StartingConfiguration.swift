import AgentOSCore
import Documents

/// The config.yaml that `init` writes, with what each part means beside it.
struct StartingConfiguration: Sendable {
    let found: FoundModels
    let route: [ModelReference]
    let day: Money?
    /// The day of the prices, `YYYY-MM-DD`.
    let today: String

    /// config.yaml.
    var text: String {
        let vendors = found.vendors.map { vendor in
            "  \(vendor.kind.rawValue): {kind: \(vendor.kind.rawValue), key: \"${\(vendor.variable)}\"}\n"
        }
        let servers = found.servers.map { "  \($0.name): {kind: custom, url: \"\($0.url)\", key: none}\n" }
        let models = route.map { "\"\($0)\"" }.joined(separator: ", ")
        let budget = day.map { "budgets: {day: \($0)}" } ?? "# budgets: {day: 5.00}"
        return """
            # What AgentOS may use and spend. `agentos config check` reads this file, `agentos config show --origin` tells
            # where each value comes from; every key that there is: examples/config.yaml, docs/models.md.

            # Keys are read from the environment of the host; `agentos secret set NAME` and key: "secret:NAME" keep one sealed.
            providers:
            \((vendors + servers).joined())
            # The first that can answers, in this order; `agentos model list` shows what each costs.
            models:
              default: [\(models)]

            # What may be spent in a day, over all sessions. Nothing is called that this does not pay for.
            \(budget)

            # What a session gets that does not say otherwise.
            sessions: {concurrent: 4, limits: {cost: 1.00, time: 30m, turns: 50}}
            \(prices == nil ? "" : "\n# A model on this machine costs nothing; without a price it would be unknown, and limits.cost refuses what is unknown.\nprices: prices.yaml\n")
            """
    }

    /// The models of the route on this machine of which a table there says no price, as text; nil for none.
    func unpriced(_ path: String) throws -> String? {
        let table = try PricesDocument.read(path: path)
        let names = Set(found.servers.map(\.name))
        let missing = route.filter { names.contains($0.provider) && table.models[$0] == nil }
        return missing.isEmpty ? nil : missing.map(\.description).joined(separator: ", ")
    }

    /// prices.yaml; nil where no model is on this machine.
    var prices: String? {
        let local = Set(found.servers.flatMap { server in server.models.map { "\(server.name)/\($0)" } })
        guard !local.isEmpty else { return nil }
        let rows = local.sorted().map { "  \"\($0)\": {input: 0, output: 0}\n" }.joined()
        return
            "# What models cost, in US dollars per million tokens; those of vendors ship.\ndate: \(today)\nmodels:\n\(rows)"
    }
}
