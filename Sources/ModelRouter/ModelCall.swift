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
    /// What was tried or passed over, in order.
    private(set) var tried: [TriedModel] = []
    private var tries: [ModelReference: Int] = [:]
    private var spent: Set<ModelReference> = []
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
        /// True the first time.
        func make() -> Bool {
            state.withLock { isMade in
                defer { isMade = true }
                return !isMade
            }
        }
    }

    var isCommitted: Bool { commitment.isMade }

    /// Whether what is held for it may be spent.
    var isPaid: Bool { paysOnce && mayBeCharged }

    /// Whether a model has had its requests, or cannot do better with another.
    func isSpent(_ model: ModelReference) -> Bool {
        spent.contains(model) || tries[model, default: 0] >= retry.maxAttempts
    }

    /// Takes note of a model that was not asked.
    mutating func passOver(_ model: ModelReference, _ reason: String) {
        guard tried.last?.model != model || tried.last?.reason != reason else { return }
        tried.append(TriedModel(model: model, reason: reason))
    }

    /// Takes note of an answer in which the vendor refuses, where another model is asked then.
    mutating func refused(_ reply: ModelReply) {
        usage = reply.usage
        mayBeCharged = true
        spent.insert(reply.model)
        passOver(reply.model, "refused to answer")
    }

    /// Asks one model until it answers, fails for good or has had its attempts.
    ///
    /// The last model of a route is also waited for while its server loads it.
    mutating func ask(
        _ provider: any ModelProvider, _ model: ModelReference, gate: ProviderGate, isLast: Bool
    ) async -> Result<ModelReply, AttemptFailure> {
        while true {
            let failure: AttemptFailure
            do throws(AttemptFailure) {
                return .success(try await attempt(provider, model, gate: gate))
            } catch {
                failure = error
            }
            if failure.isUnsent {
                passOver(model, failure.cause)
                return .failure(failure)
            }
            tries[model, default: 0] += 1
            usage = Self.sum(usage, failure.usage)
            mayBeCharged = mayBeCharged || failure.mayBeCharged
            tried.append(TriedModel(model: model, reason: failure.cause))
            guard failure.remedy == .retry, !isCommitted, !isPaid,
                let wait = (failure.isStarting && isLast ? retry.patient : retry).delay(
                    afterAttempt: tries[model, default: 1], jitter: environment.random(),
                    retryAfter: failure.retryAfter)
            else {
                if failure.remedy != .retry { spent.insert(model) }
                return .failure(failure)
            }
            do { try await pause(wait, "\(model): \(failure.cause)") } catch { return .failure(.cancelled) }
        }
    }

    /// Waits, and says so.
    mutating func pause(_ wait: Duration, _ reason: String) async throws {
        onEvent(.retrying(reason: reason, afterMilliseconds: wait.wholeMilliseconds))
        if let last = tried.indices.last {
            tried[last].waitedMilliseconds = (tried[last].waitedMilliseconds ?? 0) + wait.wholeMilliseconds
        }
        try await environment.sleep(wait)
    }

    private mutating func attempt(
        _ provider: any ModelProvider, _ model: ModelReference, gate: ProviderGate
    ) async throws(AttemptFailure) -> ModelReply {
        let tokens = gate.countsTokens ? request.roughTokens : 0
        let pass = try await gate.enter(environment, tokens: tokens)
        let index = replyIndex + attempts
        attempts += 1
        onEvent(.attempt(model, number: attempts))
        var limited = request
        limited.maxOutputTokens = maxOutputTokens
        let (commitment, onEvent, clock) = (commitment, onEvent, environment.clock)
        do throws(AttemptFailure) {
            let reply = try await provider.reply(
                to: ModelAttempt(
                    request: limited, model: model.model, replyIndex: index,
                    onEvent: { event in
                        switch event {
                        case .text, .call:
                            if commitment.make() { gate.answered(pass, now: clock.now()) }
                        case .attempt, .retrying: break
                        }
                        onEvent(event)
                    }, onRoom: { gate.heard($0) }))
            if !commitment.isMade { gate.answered(pass, now: clock.now()) }
            if let usage = reply.usage { gate.used(pass, usage) }
            gate.leave(pass, failure: nil, now: clock.now())
            return whole(reply, model, isRehearsal: provider is RehearsalProvider)
        } catch {
            if gate.leave(pass, failure: error, now: clock.now()) { tellOfKey(error, model) }
            throw error
        }
    }

    private func whole(_ reply: ProviderReply, _ model: ModelReference, isRehearsal: Bool) -> ModelReply {
        ModelReply(
            text: reply.text, calls: reply.calls, usage: Self.sum(usage, reply.usage), finish: reply.finish,
            model: model, attempts: attempts, milliseconds: max(0, environment.clock.now().since(startedAt)),
            isRehearsal: isRehearsal ? true : nil, tried: tried.isEmpty ? nil : tried)
    }

    /// The operator hears of a key once, not with each call that cannot use it.
    private func tellOfKey(_ failure: AttemptFailure, _ model: ModelReference) {
        environment.tell(
            Fault.failed(
                "provider \(model.provider) is disabled for a while: \(failure.cause)", hint: failure.hint))
    }

    /// The failure as the session is told: who, what, how often, what next.
    func failure(_ failure: AttemptFailure, _ model: ModelReference) -> ModelFailure {
        let often = attempts > 1 ? " (after \(attempts) requests)" : ""
        let wait = failure.remedy == .retry ? failure.retryAfter?.wholeMilliseconds ?? 0 : 0
        let hint =
            wait > 0
            ? "try again in \(DurationText.short(wait)), or add another model to the route" : failure.hint
        return ModelFailure(
            kind: failure.kind,
            message: Fault.failed("\(model): \(failure.cause)\(often)", hint: hint).description,
            usage: usage, attempts: attempts, mayBeCharged: mayBeCharged,
            isWorthAnother: failure.remedy == .retry && !isCommitted, window: failure.window,
            tried: tried.count > 1 ? tried : nil)
    }

    private static func sum(_ left: Usage?, _ right: Usage?) -> Usage? {
        guard let left else { return right }
        return right.map { left + $0 } ?? left
    }
}

extension ModelRequest {
    /// About how many tokens it has, at four bytes each: for limits that the vendor holds us to anyway.
    var roughTokens: Int {
        var bytes = system.utf8.count
        for message in messages {
            switch message {
            case .user(let text), .tool(_, let text, _): bytes += text.utf8.count
            case .assistant(let text, let calls):
                bytes += calls.reduce(text.utf8.count) {
                    $0 + CallArguments.text($1.arguments).utf8.count + 16
                }
            }
        }
        for tool in tools {
            bytes += tool.description.utf8.count + CallArguments.text(tool.parameters).utf8.count
        }
        return bytes / 4 + 1
    }
}
