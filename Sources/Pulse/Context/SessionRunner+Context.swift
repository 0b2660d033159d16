import AgentOSCore

extension SessionRunner {
    /// What has to be written down for room before the model is called; nil where there is room.
    func makeRoom(for session: Session) async throws -> [SessionEvent]? {
        guard session.context.compacting == nil else { return nil }
        let window = calls.window(session)
        guard window != nil || session.context.window != nil || session.context.overflows > 0 else {
            return nil
        }
        let request = try await turnRequest(for: session)
        switch contextStep(for: session, request: request, window: window) {
        case .call: return nil
        case .compact(let plan): return [.compacting(plan)]
        case .full(let evidence): return [.contextFull(evidence), .paused(reason: .context)]
        }
    }

    /// Asks for the summary of a compaction, whose intent is in the log as that of any model call.
    func compact(_ plan: CompactionPlan, _ callId: CallID, _ session: Session) async throws -> Results {
        let request = try await request(for: session)
        live.begin(session.id, callId, source: "compaction")
        defer { live.end(session.id) }
        do {
            let board = live
            let reply = try await inTime(session) { [calls] in
                try await calls.model(request, session) { event in
                    if case .text(let more) = event { board.add(session.id, more) }
                }
            }
            let settled = try await calls.settle(
                callId, session, reply.usage.map { .used(reply.model, $0) } ?? .lost)
            let answered = SessionEvent.modelFinished(callId: callId, reply: reply, cost: settled.cost)
            return Results(
                [answered] + (try await conclusion(plan, reply, session)), appends: settled.appends)
        } catch let failure as ModelFailure {
            let failed = try await results(of: failure, callId, session)
            guard failure.kind == .context else { return failed }
            return Results(
                failed.events + full(.compactionOverflow, plan), appends: failed.appends)
        } catch is TimeIsUp {
            return try await outOfTime(callId, session)
        }
    }

    private func conclusion(
        _ plan: CompactionPlan, _ reply: ModelReply, _ session: Session
    ) async throws -> [SessionEvent] {
        guard reply.text.contains(where: { !$0.isWhitespace }), reply.finish != .filtered else {
            return full(.noSummary, plan)
        }
        var compaction = Compaction(
            from: plan.from, to: plan.to, messages: session.messages.count, tokensBefore: plan.tokensBefore,
            tokensAfter: 0, summary: reply.text)
        var then = session
        then.apply(.compacted(compaction), at: session.touchedAt)
        let before = ContextSize.tokens(ofBytes: try await turnRequest(for: session).jsonSize)
        let after = ContextSize.tokens(ofBytes: try await turnRequest(for: then).jsonSize)
        // Estimates, brought to the measure of what the vendor counted.
        compaction.tokensAfter = Int(
            (Double(after) * Double(plan.tokensBefore) / Double(max(1, before))).rounded(.up))
        let target = ContextRoom(window: plan.window).target(from: plan.tokensBefore)
        return compaction.tokensAfter <= target ? [.compacted(compaction)] : full(.notSmaller, plan)
    }

    private func full(_ cause: ContextEvidence.Cause, _ plan: CompactionPlan) -> [SessionEvent] {
        let evidence = ContextEvidence(cause: cause, tokens: plan.tokensBefore, window: plan.window)
        return [.contextFull(evidence), .paused(reason: .context)]
    }
}
