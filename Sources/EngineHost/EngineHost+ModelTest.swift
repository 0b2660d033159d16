import AgentOSCore
import EventLog
import Ledger
import ModelRouter
import Pulse

extension EngineHost {
    /// What a test lets a model write: enough for a word and a short thought.
    private static let testOutput = 256

    /// Asks a model for one word, with money held and settled as for any call, and tells how it went.
    ///
    /// The same command again asks nobody: it was paid for.
    func testModel(_ command: Command, by actor: Actor) async throws -> CommandReply {
        guard let route = command.arguments["model"]?.string, !route.isEmpty else {
            throw Fault.usage("model.test needs model", hint: "name provider/model, or a route")
        }
        guard !pulse.isPausedAll else {
            throw Fault.refused(
                "no model is asked: everything is paused",
                hint: "let it all go on: agentos do host.pause-all off")
        }
        let candidates = try router.candidates(for: route)
        let request = ModelRequest(
            system: "You are being tested.", messages: [.user("Answer with the one word: ready")], tools: [],
            maxOutputTokens: Self.testOutput)
        let callId = CallID("test.\(command.id)")
        let tokens = request.mostPromptTokens
        let tenant = options.tenant
        if try await log.read({ try $0.stream(ofCommand: command.id, tenant: tenant) }) != nil {
            throw Fault.refused("this test was made before", hint: "ask again with a command of its own")
        }
        let began = options.clock.now()
        let quote: Quote
        do {
            quote = try await ledger.quote(
                candidates, promptTokens: tokens, maxOutputTokens: Self.testOutput, sessionLeft: nil,
                tenant: tenant, at: began, in: log)
            var held = try ledger.reserve(
                quote, callId: callId, sessionId: nil, tenant: tenant, actor: actor, at: began)
            held.commandId = command.id
            try await log.append(held)
        } catch let refusal as BudgetRefusal {
            throw Fault.refused(
                "no model is asked: \(refusal)", hint: "see: agentos cost; raise it in config.yaml")
        }
        return try await ask(request, route: route, callId, quote, began, actor)
    }

    private func ask(
        _ request: ModelRequest, route: String, _ callId: CallID, _ quote: Quote, _ began: Timestamp,
        _ actor: Actor
    ) async throws -> CommandReply {
        let redact = Redactor(providers: options.configuration.providers, environment: options.environment)
        let tokens = request.mostPromptTokens
        let cap = min(Self.testOutput, quote.maxOutputTokens)
        router.askAgain(route)
        do throws(ModelFailure) {
            let reply = try await router.call(
                request, route: route, replyIndex: 0,
                worstCase: { ledger.worstCase($0, promptTokens: tokens, maxOutputTokens: Self.testOutput) },
                paysOnce: quote.reserved.map { $0 > .zero } ?? false, reserve: { _, _ in cap })
            let line =
                reply.usage.map {
                    ledger.line(
                        callId: callId, sessionId: nil, model: reply.model, usage: $0, reservedAt: began)
                }
                ?? ledger.lostLine(
                    callId: callId, sessionId: nil, reserved: quote.reserved, reservedAt: began)
            try await settle(line, by: actor)
            return told(reply, line, milliseconds: options.clock.now().since(began), redact)
        } catch {
            let isLost = error.mayHaveCost
            if isLost {
                try await settle(
                    ledger.lostLine(
                        callId: callId, sessionId: nil, reserved: quote.reserved, reservedAt: began),
                    by: actor)
            } else {
                try await log.append(
                    ledger.release(callId, tenant: options.tenant, actor: actor, at: options.clock.now()))
            }
            let cost =
                isLost
                ? "; what it may have cost is counted: \(quote.reserved.map { "$\($0)" } ?? "unknown")" : ""
            throw Fault.failed("\(redact(error.message))\(cost)")
        }
    }

    private func told(_ reply: ModelReply, _ line: LedgerLine, milliseconds: Int64, _ redact: Redactor)
        -> CommandReply
    {
        let text = SafeText(redact(String(reply.text.prefix(200)))).text
        let cost = line.cost.map { line.isLost ? "at most $\($0)" : "$\($0)" } ?? "cost unknown: no price"
        let usage =
            reply.usage.map { "\($0.prompt) tokens in, \($0.written) out" } ?? "tokens not counted"
        return CommandReply(
            "\(reply.model) answered in \(milliseconds) ms: \(text.isEmpty ? "nothing" : text) · "
                + "\(usage) · \(cost)",
            value: [
                "provider": .string(reply.model.provider), "model": .string(reply.model.model), "ok": true,
                "ms": .int(milliseconds), "text": .string(text),
                "usage": reply.usage.flatMap { try? JSONText.value($0) } ?? .null,
                "cost": line.cost.map { .string($0.description) } ?? .null,
                "prices": line.prices.map { .string($0) } ?? .null, "attempts": .int(Int64(reply.attempts)),
            ])
    }

    /// Puts a line in the place of what was held for a test.
    private func settle(_ line: LedgerLine, by actor: Actor) async throws(ModelFailure) {
        do {
            try await log.append(
                ledger.settle(line, tenant: options.tenant, actor: actor, at: options.clock.now()))
        } catch {
            throw ModelFailure(kind: .budget, message: "the log cannot be written: \(error)", attempts: 0)
        }
    }

    /// Settles what an earlier process held for calls that nobody will end any more: tests of models, votes by hand.
    ///
    /// Whoever opens the home holds its lock, so none is under way elsewhere.
    func settleCutCalls() async throws {
        let (log, tenant) = (log, options.tenant)
        for call in try await log.read({ try $0.openCalls(tenant) }) {
            if call.sessionId != nil {
                await pulse.settle(call)
            } else {
                try await log.append(.losing(call, tenant: tenant, at: options.clock.now()))
            }
        }
    }
}
