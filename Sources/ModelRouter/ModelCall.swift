import AgentOSCore
import HTTPTransport
import Synchronization

/// One call under way: the attempts so far and what they have cost.
struct ModelCall {
    let request: ModelRequest
    let replyIndex: Int
    let startedAt: Timestamp
    let environment: RouterEnvironment
    let retry: RetryPolicy
    let onEvent: @Sendable (ModelStreamEvent) -> Void
    /// What the budget lets the model write.
    var maxOutputTokens: Int?
    /// Whether money is held for one answer alone, so that what may be charged is not asked for again.
    var paysOnce = false
    /// Whether a request of it may have been charged though it brought no reply.
    private(set) var mayBeCharged = false
    private(set) var attempts = 0
    private(set) var usage: Usage?
    /// Set by the first text or tool call that was passed on.
    private let commitment = Commitment()

    init(
        request: ModelRequest, replyIndex: Int, startedAt: Timestamp, environment: RouterEnvironment,
        retry: RetryPolicy, onEvent: @escaping @Sendable (ModelStreamEvent) -> Void
    ) {
        self.request = request
        self.replyIndex = replyIndex
        self.startedAt = startedAt
        self.environment = environment
        self.retry = retry
        self.onEvent = onEvent
    }

    private final class Commitment: Sendable {
        private let state = Mutex(false)
        var isMade: Bool { state.withLock { $0 } }
        func make() { state.withLock { $0 = true } }
    }

    var isCommitted: Bool { commitment.isMade }

    /// Whether what is held for it may be spent.
    var isPaid: Bool { paysOnce && mayBeCharged }

    /// Asks one model until it answers, fails for good or has had its attempts.
    ///
    /// The last model of a route is also waited for while its server loads it.
    mutating func ask(
        _ provider: any ModelProvider, _ model: ModelReference, gate: ProviderGate, isLast: Bool
    ) async -> Result<ModelReply, AttemptFailure> {
        var tries = 0
        while true {
            tries += 1
            let failure: AttemptFailure
            do throws(AttemptFailure) {
                return .success(try await attempt(provider, model, gate: gate))
            } catch {
                failure = error
            }
            usage = Self.sum(usage, failure.usage)
            mayBeCharged = mayBeCharged || failure.mayBeCharged
            guard failure.remedy == .retry, !isCommitted, !isPaid,
                let wait = (failure.isStarting && isLast ? retry.patient : retry).delay(
                    afterAttempt: tries, jitter: environment.random(), retryAfter: failure.retryAfter)
            else { return .failure(failure) }
            let parts = wait.components
            onEvent(
                .retrying(
                    reason: "\(model): \(failure.cause)",
                    afterMilliseconds: parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000))
            do { try await environment.sleep(wait) } catch { return .failure(.cancelled) }
        }
    }

    private mutating func attempt(
        _ provider: any ModelProvider, _ model: ModelReference, gate: ProviderGate
    ) async throws(AttemptFailure) -> ModelReply {
        try await gate.enter(environment)
        defer { gate.leave() }
        let index = replyIndex + attempts
        attempts += 1
        onEvent(.attempt(model, number: attempts))
        var limited = request
        limited.maxOutputTokens = maxOutputTokens
        let (commitment, onEvent) = (commitment, onEvent)
        let reply = try await provider.reply(
            to: ModelAttempt(request: limited, model: model.model, replyIndex: index) { event in
                switch event {
                case .text, .call: commitment.make()
                case .attempt, .retrying: break
                }
                onEvent(event)
            })
        return ModelReply(
            text: reply.text, calls: reply.calls, usage: Self.sum(usage, reply.usage), finish: reply.finish,
            model: model, attempts: attempts, milliseconds: max(0, environment.clock.now().since(startedAt)),
            isRehearsal: provider is RehearsalProvider ? true : nil)
    }

    /// The failure as the session is told: who, what, how often, what next.
    func failure(_ failure: AttemptFailure, _ model: ModelReference) -> ModelFailure {
        let often = attempts > 1 ? " (after \(attempts) requests)" : ""
        return ModelFailure(
            kind: failure.kind,
            message: Fault.failed("\(model): \(failure.cause)\(often)", hint: failure.hint).description,
            usage: usage, attempts: attempts, mayBeCharged: mayBeCharged,
            isWorthAnother: failure.remedy == .retry && !isCommitted, window: failure.window)
    }

    private static func sum(_ left: Usage?, _ right: Usage?) -> Usage? {
        guard let left else { return right }
        return right.map { left + $0 } ?? left
    }
}
