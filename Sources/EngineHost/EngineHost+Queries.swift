import AgentOSCore
import EventLog
import Glibc
import Ledger
import Pulse
import Tools

extension EngineHost {
    /// Answers a query.
    public func answer(_ query: any EngineQuery) async throws -> any Sendable {
        switch query {
        case let query as SessionList: return try await pulse.list(query)
        case let query as SessionShow: return try await pulse.show(query)
        case let query as SessionTranscript: return try await pulse.transcript(query)
        case let query as SessionCheckpoints: return try await pulse.checkpoints(query)
        case let query as SessionDiff: return try await pulse.diff(query)
        case let query as SessionRollbackPreview: return try await pulse.preview(query)
        case let query as ChainList: return try await chains.list(query)
        case let query as ChainShow: return try await chains.show(query)
        case is InboxList: return try await inbox()
        case let query as EventPage: return try await events(query)
        case is Overview: return try await overview()
        case let query as SessionAudit: return try await pulse.audit(query)
        case let query as SessionSearch: return try await pulse.search(query)
        case let query as CostReport: return try await pulse.costs(query, zone: options.zone.name)
        case is ProviderList: return try await providers()
        case let query as RouteShow:
            return RouteShow.Reading(route: query.route, candidates: try router.reading(of: query.route))
        case let query as ModelEstimate: return try estimate(query.config)
        case is HomeSize: return try await pulse.size()
        default: throw Fault.usage("the host does not know the query \(type(of: query).name)")
        }
    }

    private func events(_ query: EventPage) async throws -> [EventRecord] {
        let filter = EventFilter(stream: query.stream, type: query.type)
        let limit = max(0, min(query.limit, 10_000))
        guard query.newest else {
            return try await log.events(
                tenant: options.tenant, after: query.after, limit: limit, filter: filter)
        }
        // The newest that match: look back in growing steps.
        let head = log.head(tenant: options.tenant)
        var back = Int64(limit)
        while true {
            let start = max(query.after, head - back)
            let found = try await log.events(
                tenant: options.tenant, after: start, limit: Int(back) + limit, filter: filter)
            if found.count >= limit || start <= query.after { return Array(found.suffix(limit)) }
            back *= 8
        }
    }

    /// What the first call of a session would cost at worst.
    private func estimate(_ wanted: SessionConfig) throws(Fault) -> ModelEstimate.Reading {
        guard wanted.agent == nil else {
            throw .usage(
                "a command-line agent makes calls of its own", hint: "only it can tell what they will cost")
        }
        var config = wanted
        try withDefaults(&config)
        let (tokens, most) = (pulse.firstPromptTokens(of: config), config.limits.outputTokens)
        let models = try router.candidates(for: config.model)
        return ModelEstimate.Reading(
            route: config.model, promptTokens: tokens, maxOutputTokens: most ?? BudgetRules.usualOutput,
            candidates: models.map {
                ModelEstimate.Candidate(
                    provider: $0.provider, model: $0.model,
                    cost: ledger.worstCase($0, promptTokens: tokens, maxOutputTokens: most),
                    prices: ledger.prices[$0]?.version)
            }, limit: config.limits.cost)
    }

    /// How the providers stand, with what they cost today.
    private func providers() async throws -> [ProviderReading] {
        let (day, tenant) = (options.zone.day(options.clock.now()), options.tenant)
        let readings = router.readings()
        return try await log.read { sql in
            try readings.map { reading in
                var reading = reading
                (reading.spend, reading.unpriced) = try sql.spending(
                    tenant: tenant, provider: reading.name, day: day)
                return reading
            }
        }
    }

    private func overview() async throws -> Overview.Header {
        let now = options.clock.now()
        let counts = try await pulse.counts(
            day: options.zone.startOfDay(now), hour: now.adding(milliseconds: -3_600_000))
        let budgets = try await ledger.readings(at: now, in: log)
        // A process that runs no session has not looked for a sandbox; what this boot remembers is quick to read.
        let found = if let sandbox { sandbox } else { await options.chooseSandbox() }
        return Overview.Header(
            sessions: counts.sessions,
            waiting: counts.waiting + (try await homeItems()).count
                + (try await chains.waitingCount()),
            spentToday: counts.day,
            spentHour: counts.hour,
            hasUnpriced: counts.hasUnpriced, host: options.machine, tenant: options.tenant,
            zone: options.zone.name,
            zoneOffset: options.zone.offset(now), home: options.home,
            layer: found.sandbox.map { "\($0.layer)" },
            isPausedAll: pulse.isPausedAll, seq: log.head(tenant: options.tenant), pid: getpid(),
            since: since,
            version: options.version, budgets: budgets.isEmpty ? nil : budgets)
    }
}
