import AgentOSCore
import FoundationEssentials

/// What a tour says at its end: what was found here, and how to go on.
struct TourEnd: Sendable {
    let stage: TourStage
    let options: GlobalOptions

    /// The lines.
    func lines() async throws -> [String] {
        let header = try await stage.client.ask(Overview())
        let branch = await stage.log.facts.applied?.branch
        let home = stage.home.typed(stage.home.folder.path, from: stage.program.folder)
        let program = stage.home.typed(stage.home.program, from: stage.program.folder)
        return [
            "",
            "The tour is over: \(header.seq) events in \(home), and nothing outside of it was touched.",
            "  sandbox   \(header.layer ?? "none works here; see agentos doctor")",
            "  keys      \(keys)",
            "  models    \(models)",
            "To go on, paste a line:",
            "  git -C \(program) log -p -1 \(branch ?? "--all")",
            "  agentos --home \(home)",
            "  agentos doctor",
        ]
    }

    private var keys: String {
        let names = [
            "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "MISTRAL_API_KEY",
        ].filter { stage.program.environment[$0]?.isEmpty == false }
        return names.isEmpty
            ? "none in the environment" : names.joined(separator: ", ") + " in the environment, not used"
    }

    private var models: String {
        guard let providers = try? stage.program.settings(options).values.providers, !providers.isEmpty else {
            return "config.yaml names none"
        }
        let names = providers.map { provider in
            let url = provider.url ?? ""
            let isLocal = ["://127.", "://localhost", "://[::1]"].contains { url.contains($0) }
            return provider.name + (isLocal ? " (local)" : "")
        }
        return names.joined(separator: ", ") + " in config.yaml, not contacted"
    }
}
