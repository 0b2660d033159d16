import AgentOSCore
import EventLog
import Ledger
import ModelRouter
import ObjectStore
import Tools
import Workspaces

/// Models, tools and gates as they are.
struct LiveCalls: Sendable {
    let bench: LiveBench
    let router: ModelRouter
    let ledger: Ledger
    let log: EventLog
    let clock: WallClock
    let sandbox: Sandbox?
    let tenant: TenantID
    /// Told of what does not end a run.
    let tell: @Sendable (Fault) -> Void

    var port: CallPort {
        CallPort(
            layer: sandbox.map { "\($0.layer)" } ?? "none", effect: effect,
            window: { [router] in router.window(of: $0.config.model) }, plan: { try await plan($0, $1) },
            planVote: planVote, model: model,
            settle: settle, tellBudgets: tellBudgets, tool: tool,
            finished: finished, setUp: setUp, admit: admit, agent: LiveAgents(calls: self).run,
            gate: LiveGates(calls: self).run, ballot: LiveGates(calls: self).ballot,
            instructions: instructions,
            specs: { (try? ToolSet(names: $0.tools))?.specs ?? [] })
    }

    // MARK: Models

    func plan(
        _ request: ModelRequest, _ session: Session, asking others: [ModelReference]? = nil,
        isWhole: Bool = false
    ) async throws -> ModelPlan {
        let candidates = try others ?? router.candidates(for: session.config.model)
        let hasUnpriced = candidates.contains { ledger.prices[$0] == nil }
        let refusesUnknown =
            if let policy = session.config.onUnknownPrice { policy == .refuse } else {
                try await isBounded(session)
            }
        if hasUnpriced, refusesUnknown {
            let unpriced = candidates.filter { ledger.prices[$0] == nil }
            throw PauseRequired(reason: .price, refusal: CallRefusal(cause: .price, models: unpriced))
        }
        let now = clock.now()
        do {
            let quote = try await quote(candidates, request, session, at: now)
            if isWhole, let most = request.maxOutputTokens, quote.maxOutputTokens < most,
                let budget = quote.cappedBy
            {
                let needed = candidates.compactMap {
                    ledger.worstCase($0, promptTokens: request.mostPromptTokens, maxOutputTokens: most)
                }.max()
                throw BudgetRefusal(
                    budget: budget, left: .usd(quote.reserved ?? .zero), needed: .usd(needed ?? .zero))
            }
            let isHeld =
                quote.reserved.map { $0 > .zero } == true
                || (hasUnpriced && ledger.rules.budgets.unpricedTokensDay != nil)
            let appends =
                isHeld
                ? [
                    try ledger.reserve(
                        quote, callId: session.nextModelCallID, sessionId: session.id,
                        scope: scope(of: session), tenant: tenant, actor: .engine,
                        at: now)
                ] : []
            // What was reserved assumes this much output, so the model is never allowed more.
            let isCapped = request.maxOutputTokens != nil || quote.reserved.map { $0 > .zero } == true
            let cap = OutputCap(tokens: quote.maxOutputTokens, budget: quote.cappedBy?.pause)
            return ModelPlan(reserved: quote.reserved, cap: isCapped ? cap : nil, appends: appends)
        } catch let refusal as BudgetRefusal {
            throw PauseRequired(
                reason: refusal.pause, refusal: try await explain(refusal, session, at: now))
        }
    }

    /// The dearest of the models that have a price is reserved; those without one count as tokens beside it.
    private func quote(
        _ candidates: [ModelReference], _ request: ModelRequest, _ session: Session, at now: Timestamp
    ) async throws -> Quote {
        let priced = candidates.filter { ledger.prices[$0] != nil }
        let unpriced = candidates.filter { ledger.prices[$0] == nil }
        let tokens = request.mostPromptTokens
        func quote(_ models: [ModelReference]) async throws -> Quote {
            try await ledger.quote(
                models, promptTokens: tokens, maxOutputTokens: request.maxOutputTokens,
                sessionLeft: session.config.limits.cost.map { $0 - session.cost }, scope: scope(of: session),
                tenant: tenant, at: now, in: log)
        }
        guard !priced.isEmpty else { return try await quote(unpriced) }
        var whole = try await quote(priced)
        if !unpriced.isEmpty { whole.unpricedTokens = try await quote(unpriced).unpricedTokens }
        return whole
    }

    private func model(
        _ request: ModelRequest, _ session: Session, _ onEvent: @escaping @Sendable (ModelStreamEvent) -> Void
    ) async throws(ModelFailure) -> ModelReply {
        // Without a refusal, a replay would not know that the summary was asked for.
        let compacting = session.context.compacting.flatMap { $0.cause == .near ? $0.window : nil }
        // A recording is the author's; a judge is rehearsed from a file of its own.
        let taken = session.seat
        let record = taken == nil ? session.config.record : nil
        let recorder = record.map { ReplyRecorder(continuing: $0) }
        do throws(ModelFailure) {
            // What the call may cost was reserved with its intent, for the dearest model of the route.
            let tokens = request.mostPromptTokens
            let reply = try await router.call(
                request, route: taken?.route ?? session.config.model,
                excluding: taken == nil ? [] : Set(session.authors),
                replyIndex: taken.map { session.judgeReplies[$0.route] ?? 0 } ?? session.replies,
                worstCase: { model in
                    ledger.worstCase(model, promptTokens: tokens, maxOutputTokens: request.maxOutputTokens)
                },
                paysOnce: session.reserved.map { $0 > .zero } ?? false,
                reserve: { _, most in most }, onEvent: onEvent)
            if let recorder {
                report { () throws(Fault) in try recorder.record(reply, compacting: compacting) }
            }
            return reply
        } catch {
            var error = error
            if error.kind == .context {
                error.window = error.window ?? router.window(of: session.config.model)
            }
            if let recorder, error.kind != .cancelled {
                let failure = error
                report { () throws(Fault) in try recorder.record(failure, compacting: compacting) }
            }
            throw error
        }
    }

    /// A recording that cannot be written does not end the run: it is told.
    private func report(_ write: () throws(Fault) -> Void) {
        do { try write() } catch { tell(error) }
    }

    /// Settles what was reserved for a call.
    ///
    /// Whether something is held is asked of the ledger, not of the configuration, which may have changed since.
    private func settle(_ callId: CallID, _ session: Session, _ end: CallEnd) async throws -> Settlement {
        let now = clock.now()
        let (sessionId, reservedAt) = (session.id, session.callStartedAt ?? now)
        let isHeld = try await log.read { [tenant] sql in
            try sql.value(
                "SELECT 1 FROM ledger_open WHERE tenant = ? AND call = ?", [tenant, callId], as: Int.self)
                != nil
        }
        switch end {
        case .used(let model, let usage):
            let line = ledger.line(
                callId: callId, sessionId: sessionId, scope: scope(of: session)?.name, model: model,
                usage: usage,
                reservedAt: reservedAt)
            return Settlement(
                cost: line.cost,
                appends: [
                    isHeld
                        ? try ledger.settle(line, tenant: tenant, actor: .engine, at: now)
                        : try ledger.record(line, tenant: tenant, actor: .engine, at: now)
                ])
        case .reported(let model, let usage, let cost):
            var line = ledger.line(
                callId: callId, sessionId: sessionId, scope: scope(of: session)?.name, model: model,
                usage: usage, reservedAt: reservedAt)
            (line.cost, line.prices) = (cost, nil)
            return Settlement(
                cost: cost, appends: [try ledger.record(line, tenant: tenant, actor: .engine, at: now)])
        case .lost:
            let line = ledger.lostLine(
                callId: callId, sessionId: sessionId, scope: scope(of: session)?.name,
                reserved: session.reserved, reservedAt: reservedAt)
            return Settlement(
                cost: session.reserved,
                appends: [
                    isHeld
                        ? try ledger.settle(line, tenant: tenant, actor: .engine, at: now)
                        : try ledger.record(line, tenant: tenant, actor: .engine, at: now)
                ])
        case .notMade:
            return Settlement(
                cost: .zero,
                appends: isHeld ? [try ledger.release(callId, tenant: tenant, actor: .engine, at: now)] : [])
        }
    }

    /// Tells of the home's budgets; where that fails, the next call that is settled tells of them.
    private func tellBudgets() async {
        do { try await ledger.tellBudgets(tenant: tenant, at: clock.now(), in: log) } catch {
            tell(Fault.failed("the budgets of the home cannot be looked at: \(error)"))
        }
    }

    // MARK: Tools

    private func effect(_ call: ToolCall, _ session: Session) -> EffectClass? {
        guard let tools = try? ToolSet(names: session.config.tools), let tool = tools[call.name] else {
            return nil
        }
        let effect = tool.effect(of: call.arguments, network: session.config.network == .all)
        // The folder is the person's: nothing in it is undone behind their back.
        if case .inplace = session.config.workspace, effect == .confined { return .outside }
        return effect
    }

    private func context(
        _ session: Session, _ callId: CallID, timeout: Int64?, workspace: String? = nil,
        network: NetworkPolicy? = nil,
        onOutput: @escaping @Sendable ([UInt8]) -> Void = { _ in }
    ) async throws -> ToolContext {
        let spool = bench.paths.spool(callId, of: session.id)
        try makeFolder(spool)
        var limits = ConfinedLimits()
        if let timeout { limits.timeoutMilliseconds = min(limits.timeoutMilliseconds, Int(timeout)) }
        return ToolContext(
            workspace: try await bench.root(workspace, of: session), sandbox: sandbox, spool: spool,
            readRoots: session.config.readRoots + objectFolders(session),
            network: (network ?? session.config.network) == .all,
            limits: limits, lockFD: try await bench.locks.take(session.id), onOutput: onOutput)
    }

    /// A shared clone reads the objects of the repository that it was made from.
    func objectFolders(_ session: Session) -> [String] {
        guard case .worktree = session.config.workspace.form, let git = session.base?.git else { return [] }
        return [git.top + "/.git/objects", git.top + "/objects"]
    }

    private func tool(
        _ intent: ToolIntent, _ session: Session, _ timeout: Int64?,
        _ onOutput: @escaping @Sendable ([UInt8]) -> Void
    ) async -> ToolResult {
        do {
            let tools = try ToolSet(names: session.config.tools)
            return await tools.run(
                intent.call,
                in: try await context(session, intent.callId, timeout: timeout, onOutput: onOutput))
        } catch let fault as Fault {
            return ToolResult(text: fault.description, isError: true)
        } catch {
            return ToolResult(text: "the call could not be made: \(error)", isError: true)
        }
    }

    private func finished(_ callId: CallID, _ session: Session) -> ToolResult? {
        let spool = bench.paths.spool(callId, of: session.id)
        guard let result = ConfinedResult.recovered(from: spool), !result.cancelled else { return nil }
        return result.toolResult(ConfinedResult.output(in: spool))
    }

    private func setUp(_ setup: SetupConfig, _ callId: CallID, _ session: Session) async -> ToolResult {
        let cache = SetupCache(bench: bench, clock: clock)
        let opened = await cache.open(setup, session)
        var result = await command(
            setup.run, callId, session, timeout: setup.timeout, network: setup.network, workspace: nil,
            whenLate: "give it more in the session's file: setup.timeout")
        let isDone = !result.isError && !Task.isCancelled
        let notes = isDone ? await cache.keep(opened, of: session) : opened.notes
        result.text = (notes.map { SetupCache.mark + $0 } + [result.text]).joined(separator: "\n")
        return result
    }

    func command(
        _ shell: String, _ callId: CallID, _ session: Session, timeout: Int64, network: NetworkPolicy?,
        workspace: String?, whenLate: String = ""
    ) async -> ToolResult {
        do {
            guard let sandbox else {
                return ToolResult(
                    text: "no sandbox works on this machine; see: agentos doctor", isError: true)
            }
            let context = try await context(
                session, callId, timeout: nil, workspace: workspace, network: network)
            var limits = context.limits
            limits.timeoutMilliseconds = Int(timeout)
            let board = context.onOutput
            let result = try await sandbox.run(
                ConfinedCommand(
                    shell: shell, workspace: context.workspace, spool: context.spool,
                    readRoots: context.readRoots,
                    network: context.network, limits: limits, lockFD: context.lockFD,
                    environment: context.environment),
                onOutput: board)
            return result.toolResult(ConfinedResult.output(in: context.spool), whenLate: whenLate)
        } catch let fault as Fault {
            return ToolResult(text: fault.description, isError: true)
        } catch {
            return ToolResult(text: "the command could not be run: \(error)", isError: true)
        }
    }

    // MARK: The workspace's notes

    private func instructions(_ session: Session) async -> String? {
        guard let tree = session.startTree else { return nil }
        let store = bench.store
        return try? await Blocking.value {
            for name in ["AGENTS.md", "CLAUDE.md"] {
                guard let entry = try store.entry(at: TreePath(name), in: tree), entry.size <= 64 * 1024
                else { continue }
                return String(decoding: try store.get(entry.digest), as: UTF8.self)
            }
            return nil
        }
    }
}

/// What a settled call cost, and what the ledger writes of it.
struct Settlement: Sendable {
    var cost: Money?
    var appends: [Append]
}
