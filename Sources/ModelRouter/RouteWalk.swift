import AgentOSCore
import HTTPTransport

/// The way of one call through the models of a route: who was passed over, who failed, what follows.
struct RouteWalk {
    private let route: String
    private let models: [ModelReference]
    private let retry: RetryPolicy
    private let onRefusal: RouteConfiguration.OnRefusal
    /// The last failure of a model that was asked.
    private var failed: (model: ModelReference, failure: AttemptFailure)?
    /// The last reason for which each model was not asked.
    private var passed: [ModelReference: AttemptFailure] = [:]
    /// The request is longer than this window.
    private var tooLongFor: Int?
    private var pauses = 0
    /// The vendor's refusal to answer, which stands where nobody else answers.
    private(set) var refusal: ModelReply?

    init(
        route: String, models: [ModelReference], retry: RetryPolicy,
        onRefusal: RouteConfiguration.OnRefusal
    ) {
        self.route = route
        self.models = models
        self.retry = retry
        self.onRefusal = onRefusal
    }

    /// Whether a model of this window may take the request; one that is not known does not help.
    func fits(_ window: Int?) -> Bool {
        guard let tooLongFor else { return true }
        return window.map { $0 > tooLongFor } ?? false
    }

    mutating func passedOver(_ model: ModelReference, _ why: AttemptFailure) { passed[model] = why }

    mutating func failed(_ model: ModelReference, _ failure: AttemptFailure, window: Int?) {
        if failure.isUnsent { return passedOver(model, failure) }
        passed[model] = nil
        failed = (model, failure)
        if failure.remedy == .largerWindow {
            tooLongFor = max(tooLongFor ?? 0, failure.window ?? window ?? .max)
        }
    }

    /// Whether the next model is asked though this one has answered: it refused, the policy says so, and neither was
    /// anything shown nor is the money spent.
    mutating func goesOn(after reply: ModelReply, _ run: ModelCall, isLast: Bool) -> Bool {
        guard reply.finish == .filtered, onRefusal == .next, !isLast, !run.isCommitted, !run.paysOnce else {
            return false
        }
        refusal = reply
        return true
    }

    /// How long to wait until the first of those that are left alone may be asked; nil where that is too long, or
    /// waiting does not help.
    mutating func wait(_ run: ModelCall) -> Duration? {
        guard tooLongFor == nil, pauses < retry.maxAttempts else { return nil }
        let waits = passed.filter { !run.isSpent($0.key) && $0.value.kind == .overloaded }
            .map { $0.value.retryAfter ?? .seconds(1) }
        guard let wait = waits.min(), wait <= retry.longestRetryAfter else { return nil }
        pauses += 1
        passed = [:]
        return max(wait, .milliseconds(1))
    }

    /// What the session is told where no model answered.
    func failure(_ run: ModelCall) -> ModelFailure {
        if var failed {
            let others = passed.filter { $0.key != failed.model }
            if !others.isEmpty { failed.failure.cause += "; " + reasons(others) }
            return run.failure(failed.failure, failed.model)
        }
        guard !passed.isEmpty else {
            return ModelFailure(kind: .rejected, message: "route \(route) names no model", attempts: 0)
        }
        let isOfKeys = passed.values.allSatisfy { $0.kind == .authentication }
        return ModelFailure(
            kind: isOfKeys ? .authentication : .overloaded,
            message: Fault.failed(
                "route \(SafeText(route).text): no model can be asked: \(reasons(passed))",
                hint: isOfKeys
                    ? "mend the account, then agentos model test \(SafeText(route).text); a new key needs a new host"
                    : "try again\(soonest), or add another model to the route"
            ).description, attempts: run.attempts, mayBeCharged: false, isWorthAnother: !isOfKeys,
            tried: run.tried)
    }

    /// In how long the first of those that are left alone may be asked.
    private var soonest: String {
        let waits = passed.values.compactMap { $0.retryAfter?.wholeMilliseconds }
        return waits.min().map { " in \(DurationText.short($0))" } ?? ""
    }

    /// Why models were not asked, in the order of the route, each reason once.
    private func reasons(_ passed: [ModelReference: AttemptFailure]) -> String {
        models.compactMap { passed[$0]?.cause }.reduce(into: [String]()) { all, cause in
            if !all.contains(cause) { all.append(cause) }
        }.joined(separator: "; ")
    }
}
