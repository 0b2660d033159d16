import AgentOSCore
import HTTPTransport

/// Asks models: the first of a route that can, with retries, limits and one kind of answer whoever gives it (INV-2).
///
/// Before the first text or tool call has been passed on, any failure may be retried or the next model of the route
/// asked; after it never, for the session has already been told.
public struct ModelRouter: Sendable {
    /// What a reserve answers: the most the model may write, nil for no limit; throws where the budget refuses.
    ///
    /// Asked once for each model of a route, before its first request; a later reserve replaces the one before it.
    public typealias Reserve = @Sendable (ModelReference, _ maxOutputTokens: Int?) async throws(Fault) -> Int?

    struct Provider: Sendable {
        let configuration: ProviderConfiguration
        let result: Result<any ModelProvider, Fault>
        let gate: ProviderGate
        let latencies = Latencies()
    }

    private let providers: [String: Provider]
    private let routes: [String: RouteConfiguration]
    private let retry: RetryPolicy
    private let environment: RouterEnvironment

    /// A router over these providers and routes; a provider that cannot be used is a fault only for who asks it.
    public init(
        providers: [ProviderConfiguration], routes: [String: RouteConfiguration], transport: HTTPTransport,
        environment: RouterEnvironment, retry: RetryPolicy = RetryPolicy()
    ) {
        var byName: [String: Provider] = [:]
        for configuration in providers {
            byName[configuration.name] = Provider(
                configuration: configuration,
                result: ProviderKinds.make(configuration, transport: transport, environment: environment),
                gate: ProviderGate(configuration))
        }
        self.providers = byName
        self.routes = routes
        self.retry = retry
        self.environment = environment
    }

    /// What is wrong with the providers and routes, for `config check` and `doctor`.
    public func faults() -> [Fault] {
        let wrong = providers.sorted { $0.key < $1.key }.compactMap { _, provider -> Fault? in
            guard case .failure(let fault) = provider.result else { return nil }
            return fault
        }
        let unknown = routes.sorted { $0.key < $1.key }.flatMap { name, route in
            route.models.filter { providers[$0.provider] == nil }.map {
                unknownProvider($0.provider, in: "route \(name)")
            }
        }
        let unordered = routes.sorted { $0.key < $1.key }.compactMap { name, route -> Fault? in
            guard !isKnown(route.strategy), route.models.count > 1 else { return nil }
            return .usage(
                "route \(name): strategy \(route.strategy.rawValue) is not built in yet",
                hint: "write ordered or cheapest: the models are tried as written")
        }
        return wrong + unknown + unordered
    }

    /// The models that a route's name, or `provider/model`, stands for, those left out that cannot be used.
    public func candidates(for route: String) throws(Fault) -> [ModelReference] {
        let models: [ModelReference]
        if let configured = routes[route] {
            models = configured.models
        } else if let reference = ModelReference(route) {
            models = [reference]
        } else {
            let names = routes.keys.sorted()
            throw .notFound(
                "no route \(SafeText(route).text)",
                hint: names.isEmpty
                    ? providers.isEmpty
                        ? "write a config.yaml: agentos init"
                        : "add it under models in config.yaml, or name provider/model"
                    : "use \(names.joined(separator: ", ")) or provider/model")
        }
        var usable: [ModelReference] = []
        var first: Fault?
        for model in models {
            switch providers[model.provider]?.result {
            case .success: usable.append(model)
            case .failure(let fault): first = first ?? fault
            case nil: first = first ?? unknownProvider(model.provider, in: "model \(SafeText(route).text)")
            }
        }
        guard usable.isEmpty else { return usable }
        throw first
            ?? .usage(
                "route \(SafeText(route).text) names no model", hint: "add one under models in config.yaml")
    }

    /// The smallest window in tokens of the models that may answer a route; nil where none is configured.
    public func window(of route: String) -> Int? {
        let models = (try? candidates(for: route)) ?? []
        return models.compactMap { providers[$0.provider]?.configuration.window(of: $0.model) }.min()
    }

    private func unknownProvider(_ name: String, in place: String) -> Fault {
        let names = providers.keys.sorted()
        return .notFound(
            "\(place): no provider \(SafeText(name).text)",
            hint: names.isEmpty
                ? "write a config.yaml with it: agentos init" : "use \(names.joined(separator: ", "))")
    }

    /// Asks the route and returns the whole reply, its usage that of every attempt together.
    ///
    /// - Parameters:
    ///   - worstCase: What the request would cost at worst with a model, nil without a price; decides the order of a
    ///     route whose strategy is `cheapest`.
    ///   - paysOnce: Whether money is held for one answer: an attempt that may be charged is then the last, and the caller
    ///     reserves anew for another where the failure says that it is worth one.
    ///   - excluding: Models that are not asked though the route names them: a judge is not who wrote the work.
    ///   - replyIndex: How many requests the session has had answered, failed ones included: the sum of `attempts`
    ///     over its replies and failures. A rehearsal's cursor.
    ///   - onEvent: Called in order, from any thread.
    public func call(
        _ request: ModelRequest, route: String, excluding: Set<ModelReference> = [], replyIndex: Int,
        worstCase: (ModelReference) -> Money? = { _ in nil }, paysOnce: Bool = false, reserve: Reserve,
        onEvent: @escaping @Sendable (ModelStreamEvent) -> Void = { _ in }
    ) async throws(ModelFailure) -> ModelReply {
        let models: [ModelReference]
        do {
            let found = try candidates(for: route).filter { !excluding.contains($0) }
            models = inOrder(found, by: routes[route]?.strategy ?? .ordered, worstCase: worstCase)
        } catch {
            throw ModelFailure(kind: .rejected, message: error.description, attempts: 0)
        }
        var run = ModelCall(
            request: request, replyIndex: replyIndex, startedAt: environment.clock.now(),
            environment: environment,
            retry: retry, onEvent: onEvent)
        run.paysOnce = paysOnce
        var walk = RouteWalk(
            route: route, models: models, retry: retry, onRefusal: routes[route]?.onRefusal ?? .stop)
        while true {
            for (index, model) in models.enumerated() where !run.isSpent(model) {
                guard let provider = providers[model.provider], case .success(let adapter) = provider.result,
                    walk.fits(provider.configuration.window(of: model.model))
                else { continue }
                let isLast = index == models.count - 1
                if let why = passedOver(provider, isLast: isLast) {
                    run.passOver(model, why.cause)
                    walk.passedOver(model, why)
                    continue
                }
                do {
                    run.maxOutputTokens = try await reserve(model, request.maxOutputTokens)
                } catch {
                    throw ModelFailure(
                        kind: .budget, message: error.description, usage: run.usage, attempts: run.attempts)
                }
                switch await run.ask(adapter, model, gate: provider.gate, isLast: isLast) {
                case .success(let reply):
                    provider.latencies.add(reply.milliseconds)
                    guard walk.goesOn(after: reply, run, isLast: isLast) else { return reply }
                    run.refused(reply)
                case .failure(let failure):
                    walk.failed(model, failure, window: provider.configuration.window(of: model.model))
                    if run.isCommitted || run.isPaid || failure.remedy == .none {
                        throw run.failure(failure, model)
                    }
                }
            }
            if let refusal = walk.refusal { return refusal }
            guard let wait = walk.wait(run) else { throw walk.failure(run) }
            do { try await run.pause(wait, "route \(route): no model can be asked now") } catch {
                throw run.failure(.cancelled, models.first ?? ModelReference(provider: route, model: ""))
            }
        }
    }

    /// Why a provider is not asked now; a probe under way is waited for where nobody else is left.
    private func passedOver(_ provider: Provider, isLast: Bool) -> AttemptFailure? {
        let now = environment.clock.now()
        guard !provider.gate.mayAsk(now: now) else { return nil }
        if isLast, case .probing = provider.gate.standing(now: now) { return nil }
        return provider.gate.blocked(now: now)
    }

    /// Lets the next call ask the providers of a route at once, also those that are left alone or disabled: a person who
    /// has mended a key wants to see it work.
    public func askAgain(_ route: String) {
        let now = environment.clock.now()
        for model in (try? candidates(for: route)) ?? [] {
            providers[model.provider]?.gate.askAgain(now: now)
        }
    }

    /// The models of a route in the order in which they would be asked now, each with how its provider stands.
    public func reading(
        of route: String, worstCase: (ModelReference) -> Money? = { _ in nil }
    ) throws(Fault) -> [CandidateReading] {
        let standing = Dictionary(readings().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let models = inOrder(
            try candidates(for: route), by: routes[route]?.strategy ?? .ordered, worstCase: worstCase)
        return models.compactMap { model in
            standing[model.provider].map {
                CandidateReading(
                    provider: model.provider, model: model.model, state: $0.state, until: $0.until,
                    reason: $0.reason)
            }
        }
    }

    /// How each provider stands, by name.
    public func readings() -> [ProviderReading] {
        let now = environment.clock.now()
        return providers.values.map { provider in
            var reading = ProviderReading(
                name: provider.configuration.name, kind: provider.configuration.kind, state: .up)
            (reading.p50Ms, reading.p95Ms) = (
                provider.latencies.percentile(50), provider.latencies.percentile(95)
            )
            if case .failure(let fault) = provider.result {
                (reading.state, reading.reason) = (.unknown, fault.message)
                return reading
            }
            switch provider.gate.standing(now: now) {
            case .up: break
            case .probing(let cause): (reading.state, reading.reason) = (.cooling, cause)
            case .cooling(let until, let cause):
                (reading.state, reading.until, reading.reason) = (.cooling, until, cause)
            case .disabled(let until, let cause):
                (reading.state, reading.until, reading.reason) = (.disabled, until, cause)
            }
            return reading
        }.sorted { $0.name < $1.name }
    }
}
