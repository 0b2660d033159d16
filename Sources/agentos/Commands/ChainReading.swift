import AgentOSCore
import ArgumentParser

/// `chain list`.
struct ChainListing: ProgramCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists chains.")
    @OptionGroup var list: ListOptions
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        if let limit = list.limit, limit < 1 {
            throw Fault.usage("--limit \(limit) is no count", hint: "write a whole number above 0")
        }
        let query = ChainList(
            states: try Self.states(list.state), since: try Times.since(list.since, now: program.clock.now()),
            limit: list.limit ?? 1000)
        let page = try await program.withEngine(options) { try await $0.client.ask(query) }
        try output.list(
            ChainWords.table(page.chains), json: try page.chains.map { try $0.json() }, none: "no chains")
        if page.total > page.chains.count, !output.isJSON {
            output.tell("\(page.chains.count) of \(page.total); more with --limit")
        }
        return .done
    }

    private static func states(_ text: String?) throws(Fault) -> [ChainState] {
        var states: [ChainState] = []
        for word in (text ?? "").split(separator: ",") {
            guard let state = ChainState(rawValue: word.uppercased()) else {
                let names = ChainState.allCases.map(\.rawValue).joined(separator: " ")
                throw .usage("there is no state \(word)", hint: "the states are \(names)")
            }
            states.append(state)
        }
        return states
    }
}

/// `chain show`.
struct ChainShowing: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a chain with its steps and their sessions.")
    @OptionGroup var chain: ChainArgument
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        let id = chain.id
        let summary = try await program.withEngine(options) { try await $0.client.ask(ChainShow(id: id)) }
        if output.isJSON {
            try output.json(try summary.json())
            return .done
        }
        for line in ChainWords.head(summary) { output.line(SafeText(line)) }
        try output.list(ChainWords.steps(summary), json: [], none: "no steps")
        return .done
    }
}

/// `chain plan`.
struct ChainPlanning: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Prints the order, the width and the worst-case cost of a chain without running it.")
    @OptionGroup var file: ChainFileOptions
    @OptionGroup var options: GlobalOptions

    func perform(_ program: Program, _ output: Output) async throws -> ExitCode {
        var config = try file.config(program)
        // What the sessions' files leave open is what the engine would fill in.
        let limit = try program.settings(options).values.sessions.limits.cost
        for index in config.steps.indices where config.steps[index].session.limits.cost == nil {
            config.steps[index].session.limits.cost = limit
        }
        let plan = ChainPlan(config)
        if output.isJSON {
            try output.json(plan)
            return .done
        }
        for line in ChainWords.head(plan) { output.line(SafeText(line)) }
        try output.list(ChainWords.steps(plan), json: [], none: "no steps")
        return .done
    }
}

/// Chains in words.
enum ChainWords {
    /// A chain's cost: `0.12`, or `≥0.12` when a part has no price.
    static func cost(_ summary: ChainSummary) -> String {
        (summary.hasUnpriced ? "≥" : "") + summary.costKnown.short
    }

    /// A state with its reason: `PAUSED limit.cost`.
    static func state(_ summary: ChainSummary) -> String {
        summary.reason.map { "\(summary.state.rawValue) \($0)" } ?? summary.state.rawValue
    }

    /// Chains as a table.
    static func table(_ chains: [ChainSummary]) -> TextTable {
        var table = TextTable("ID", "STATE", "STEPS", "COST", "CREATED", "NAME")
        for chain in chains {
            let (done, all) = chain.progress
            table.add(
                chain.chainId.rawValue, state(chain), "\(done)/\(all)", cost(chain),
                SessionText.clock(chain.createdAt), chain.name)
        }
        return table
    }

    /// What stands above a chain's steps.
    static func head(_ chain: ChainSummary) -> [String] {
        var lines = [
            "chain    \(chain.chainId) \(chain.name)", "state    \(state(chain))",
            "created  \(chain.createdAt)",
        ]
        if let at = chain.startedAt { lines.append("started  \(at)") }
        if let at = chain.endedAt { lines.append("ended    \(at)") }
        let budget = chain.budget.map { " of \($0.short)" } ?? ""
        lines.append(
            "cost     \(cost(chain)) USD\(budget)" + (chain.hasUnpriced ? ", a part has no price" : ""))
        if let detail = chain.detail, !detail.isEmpty { lines.append("waits    \(detail)") }
        if let error = chain.error { lines.append("error    \(error)") }
        return lines
    }

    /// A chain's steps as a table.
    static func steps(_ chain: ChainSummary) -> TextTable {
        var table = TextTable("STEP", "STATE", "TRIES", "SESSION", "COST", "AFTER", "REASON")
        for step in chain.steps {
            table.add(
                step.title, step.state.rawValue, String(step.attempts), step.sessionId?.rawValue ?? "",
                step.sessionId == nil ? "" : step.costKnown.short, step.needs.joined(separator: ","),
                step.reason ?? (step.state == .running ? step.activity ?? "" : ""))
        }
        return table
    }

    /// What stands above a plan's steps.
    static func head(_ plan: ChainPlan) -> [String] {
        let cost: String
        switch (plan.worstCase, plan.budget) {
        case (let worst?, let budget?) where worst == budget: cost = "\(worst) USD, the chain's budget"
        case (let worst?, _): cost = "\(worst) USD"
        case (nil, _): cost = "without bound: give the chain a budget, or every session limits.cost"
        }
        return [
            "chain   \(plan.name)",
            "order   " + plan.order.map { $0.joined(separator: ", ") }.joined(separator: " → "),
            "width   \(plan.width) of \(plan.sessions) sessions at once", "cost    at most \(cost)",
        ]
    }

    /// A plan's steps as a table.
    static func steps(_ plan: ChainPlan) -> TextTable {
        var table = TextTable("STEP", "SESSIONS", "AT ONCE", "TRIES", "COST", "AFTER", "FILES FROM", "WHEN")
        for step in plan.steps {
            table.add(
                step.step, String(step.sessions), String(step.parallel), String(step.attempts),
                step.worstCase?.short ?? "-", step.needs.joined(separator: ","),
                step.from.joined(separator: ","),
                step.when ?? "")
        }
        return table
    }
}
