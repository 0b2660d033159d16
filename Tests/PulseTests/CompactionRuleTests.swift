import Testing

@testable import AgentOSCore

@testable import Pulse

@Suite struct CompactionRuleTests {
    // MARK: Properties

    /// Any transcript, any cut: no result is parted from its call, and what is left is below the target, or no cut is found.
    @Test func aCutPartsNoResultFromItsCallAndMakesRoom() {
        var random = Seeded(state: 11)
        var (found, none) = (0, 0)
        for _ in 0..<600 {
            let session = random.session()
            let request = turn(session)
            let tokens = ContextSize.tokens(of: request, in: session)
            let room = ContextRoom(window: Int.random(in: 256...(tokens * 3 / 2 + 256), using: &random))
            let plan = compactionPlan(
                for: session, request: request, tokens: tokens, room: room, cause: .near)
            guard let plan else {
                none += 1
                continue
            }
            found += 1
            #expect(plan.to > plan.from && plan.to <= session.messages.count)
            expectWholeGroups(session.messages, cut: plan.to)
            var then = session
            then.apply(
                .compacted(
                    Compaction(
                        from: plan.from, to: plan.to, messages: session.messages.count,
                        tokensBefore: tokens, tokensAfter: 0,
                        summary: String(repeating: "s", count: room.summary * 2))), at: noon)
            let next = turn(then)
            let after = ContextSize.tokens(of: next, in: then)
            let scale = Double(tokens) / Double(ContextSize.tokens(ofBytes: request.jsonSize))
            #expect(
                Double(after) * scale <= Double(room.target(from: tokens)) + 200 * scale,
                "\(after) of \(tokens), window \(room.window)")
            for words in personsWords(session.messages) {
                #expect(next.messages.contains { text(of: $0).contains(words) }, "lost: \(words)")
            }
            #expect(then.messages == session.messages, "the transcript stays whole")
        }
        #expect(found > 100 && none > 20)
    }

    /// Every place that is offered is one, and every place that is one is offered.
    @Test func placesToCutAreAllThoseThatPartNothing() {
        var random = Seeded(state: 5)
        for _ in 0..<300 {
            let messages = random.messages(tidy: false)
            let cuts = Set(compactionCuts(messages))
            for place in 0...messages.count {
                #expect(cuts.contains(place) == parts(messages, place).isEmpty, "\(place) of \(messages)")
            }
        }
    }

    /// The request for the summary stays below its window however long the entries are.
    @Test func theRequestForTheSummaryFits() {
        var random = Seeded(state: 23)
        for _ in 0..<60 {
            var session = random.session()
            session.apply(
                .gateReturned(
                    text: String(repeating: "\"\u{1}ä\n", count: Int.random(in: 0...9000, using: &random))),
                at: noon)
            let room = ContextRoom(window: Int.random(in: 3000...20_000, using: &random))
            let plan = CompactionPlan(
                cause: .near, from: 0, to: session.messages.count, tokensBefore: 99_999, window: room.window)
            let request = compactionRequest(plan, of: session, maxOutputTokens: nil)
            #expect(request.tools.isEmpty && request.isCompaction == true)
            #expect(request.maxOutputTokens == room.summary)
            #expect(ContextSize.tokens(ofBytes: request.jsonSize) <= room.window, "\(room.window)")
        }
    }

    private func expectWholeGroups(_ messages: [Message], cut: Int) {
        #expect(parts(messages, cut).isEmpty)
        var open: Set<String> = []
        for message in messages[cut...] {
            switch message {
            case .user: break
            case .assistant(_, let calls): open.formUnion(calls.map(\.id))
            case .tool(let id, _, _): #expect(open.contains(id), "a result without its call")
            }
        }
    }

    /// The ids of the results that a cut parts from their calls.
    private func parts(_ messages: [Message], _ cut: Int) -> [String] {
        var callers: [String: Int] = [:]
        var parted: [String] = []
        for (index, message) in messages.enumerated() {
            if case .assistant(_, let calls) = message { for call in calls { callers[call.id] = index } }
            if case .tool(let id, _, _) = message, let caller = callers[id], caller < cut, index >= cut {
                parted.append(id)
            }
        }
        return parted
    }

    // MARK: What is done when

    private enum Expected: Equatable { case call, compact(CompactionPlan.Cause), full(ContextEvidence.Cause) }

    private func step(_ session: Session, window: Int?) -> Expected {
        switch contextStep(for: session, request: turn(session), window: window) {
        case .call: .call
        case .compact(let plan): .compact(plan.cause)
        case .full(let evidence): .full(evidence.cause)
        }
    }

    @Test func roomIsMadeOnceAndNeverInALoop() {
        let long = talk(20, size: 1200)
        #expect(step(long, window: nil) == .call)
        #expect(step(long, window: 100_000) == .call)
        #expect(step(long, window: 9000) == .compact(.near))
        #expect(step(talk(1, size: 40_000, said: true), window: 9000) == .full(.nothingToLeaveOut))

        // A vendor that refuses: one compaction, whatever the window.
        var refused = long
        refused.apply(overflow(nil), at: noon)
        #expect(step(refused, window: nil) == .compact(.overflow))
        #expect(step(refused, window: 100_000) == .compact(.overflow))
        // While it is being made, the call is made.
        var making = refused
        making.apply(
            .compacting(CompactionPlan(cause: .overflow, from: 0, to: 4, tokensBefore: 9, window: 9)),
            at: noon)
        #expect(step(making, window: nil) == .call)
        // A second refusal after it is the end; a person's resume tries again.
        var again = making
        again.apply(compacted(to: 4, of: 40), at: noon)
        #expect(step(again, window: nil) == .call)
        again.apply(overflow(nil), at: noon)
        #expect(step(again, window: nil) == .full(.overflowAgain))
        again.apply(.paused(reason: .context), at: noon)
        again.apply(.resumed, at: noon)
        #expect(step(again, window: nil) == .call)

        // Nothing to leave out, but now the window is known, and the answer can be bounded by it.
        var short = session(in: .checkpoint)
        short.apply(overflow(50_000), at: noon)
        #expect(step(short, window: nil) == .call)
        short.apply(overflow(50_000), at: noon)
        #expect(step(short, window: nil) == .full(.overflowAgain))
    }

    @Test func theVendorsCountGoesBeforeTheEstimate() {
        var session = talk(20, size: 1200)
        let counted = ModelReply(
            text: "", calls: [ToolCall(id: "x", name: "read", arguments: [:])],
            usage: Usage(input: 500, output: 20, cacheRead: 400, cacheWrite: 80), finish: .tools,
            model: ModelReference(provider: "p", model: "m"))
        session.apply(.modelFinished(callId: CallID("s.m1"), reply: counted, cost: nil), at: noon)
        #expect(ContextSize.tokens(of: turn(session), in: session) == 1000)
        session.apply(
            .toolFinished(
                callId: CallID("s.t1"), outcome: .done,
                result: ToolResult(text: String(repeating: "y", count: 3000))), at: noon)
        let more = ContextSize.tokens(of: turn(session), in: session)
        #expect(more > 2000 && more < 2050)
        #expect(step(session, window: 4000) == .call && step(session, window: 2300) == .compact(.near))
    }

    /// A summary is no turn, and asks for none of what a turn does.
    @Test func theFoldKeepsTheConversationWhole() {
        var session = talk(6, size: 100)
        let (messages, turns) = (session.messages, session.turns)
        session.apply(
            .compacting(CompactionPlan(cause: .near, from: 0, to: 8, tokensBefore: 9, window: 9)), at: noon)
        let summary = ModelReply(
            text: "short", calls: [], usage: Usage(input: 7, output: 3), finish: .stop,
            model: ModelReference(provider: "p", model: "m"))
        session.apply(.modelFinished(callId: CallID("s.m7"), reply: summary, cost: Money("0.01")), at: noon)
        session.apply(compacted(to: 8, of: 12), at: noon)
        #expect(session.messages == messages && session.turns == turns && !session.agentIsDone)
        #expect(session.cost == Money("0.01") && session.usage.output == 3 && session.replies == 7)
        #expect(session.context.compaction?.to == 8 && session.context.compacting == nil)

        // Gone back to before it, it is forgotten as the conversation is; a fork takes along what stood there.
        var early = session
        early.rewind(to: checkpoint(1, messages: 4))
        #expect(early.context.compaction == nil && early.messages.count == 4)
        var late = session
        late.rewind(to: checkpoint(1, messages: 12))
        #expect(late.context.compaction?.to == 8)
    }

    @Test(arguments: ContextEvidence.Cause.allCases)
    func aPauseSaysWhyAndWhatToDo(_ cause: ContextEvidence.Cause) throws {
        var session = session(in: .checkpoint)
        session.apply(.contextFull(ContextEvidence(cause: cause, tokens: 9000, window: 8192)), at: noon)
        session.apply(.paused(reason: .context), at: noon)
        let item = try #require(inboxItems(of: session).first)
        #expect(item.kind == .stuck && item.text.hasPrefix("the context is full (about 9000 tokens"))
        #expect(item.text.contains("8192") && item.detail.contains("session resume s"))
        #expect(activity(of: session) == item.text)
        session.apply(.resumed, at: noon)
        #expect(session.context.evidence == nil && session.state == .checkpoint)
    }

    // MARK: Material

    private func turn(_ session: Session) -> ModelRequest {
        var goal = session.config.goal
        var messages = session.messages[...]
        if let compaction = session.context.compaction {
            goal += compactedPart(compaction, of: session.messages)
            messages = messages.dropFirst(compaction.to)
        }
        return ModelRequest(
            system: "You are an agent.", messages: [.user(goal)] + messages,
            tools: [ToolSpec(name: "read", description: "Reads.", parameters: [:])])
    }

    private func talk(_ turns: Int, size: Int, said: Bool = false) -> Session {
        var session = session(in: .checkpoint)
        for turn in 1...turns {
            let reply = ModelReply(
                text: "t", calls: [ToolCall(id: "c\(turn)", name: "read", arguments: [:])], usage: nil,
                finish: .tools, model: ModelReference(provider: "p", model: "m"))
            session.apply(.modelFinished(callId: CallID("s.m\(turn)"), reply: reply, cost: nil), at: noon)
            session.apply(
                .toolFinished(
                    callId: CallID("s.t\(turn)"), outcome: .done,
                    result: ToolResult(text: String(repeating: "r", count: said ? 1 : size))), at: noon)
        }
        if said {
            let id = MessageID("s.s1")
            session.apply(.said(messageId: id, text: String(repeating: "w", count: size)), at: noon)
            session.apply(.delivered(messageIds: [id]), at: noon)
        }
        return session
    }

    private func overflow(_ window: Int?) -> SessionEvent {
        .modelFailed(
            callId: CallID("s.m9"), failure: ModelFailure(kind: .context, message: "long", window: window),
            cost: .zero)
    }

    private func compacted(to: Int, of count: Int) -> SessionEvent {
        .compacted(
            Compaction(
                from: 0, to: to, messages: count, tokensBefore: 9000, tokensAfter: 3000, summary: "short"))
    }

    private func text(of message: Message) -> String {
        if case .user(let text) = message { text } else { "" }
    }
}

/// Random conversations from a seed.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A conversation; an untidy one also has ids twice, calls without results and results without calls.
    mutating func messages(tidy: Bool) -> [Message] {
        var messages: [Message] = []
        for turn in 0..<Int.random(in: 0...14, using: &self) {
            if Int.random(in: 0...3, using: &self) == 0 { messages.append(.user("said \(turn) \(word(60))")) }
            if Int.random(in: 0...9, using: &self) == 0 {
                messages.append(.user(gateFeedbackOpening + word(900)))
            }
            let calls = (0..<Int.random(in: 0...3, using: &self)).map { number in
                ToolCall(
                    id: tidy ? "c\(turn).\(number)" : "c\(number)", name: "read",
                    arguments: ["path": .string(word(30))])
            }
            messages.append(.assistant(text: word(200), calls: calls))
            for call in calls where tidy || Bool.random(using: &self) {
                if !tidy, Int.random(in: 0...3, using: &self) == 0 { messages.append(.user("between")) }
                messages.append(.tool(callId: call.id, text: word(3000), isError: false))
            }
            if !tidy, Int.random(in: 0...5, using: &self) == 0 {
                messages.append(.tool(callId: "c\(turn % 3)", text: "late", isError: true))
            }
        }
        return messages
    }

    /// A session with a conversation, in a third of the cases compacted before.
    mutating func session() -> Session {
        var session = aSession()
        session.apply(.gateReturned(text: gateFeedbackOpening + word(3000)), at: noon)
        session.take(up: session.messages + messages(tidy: true))
        let cuts = compactionCuts(session.messages)
        if Int.random(in: 0...2, using: &self) == 0, let cut = cuts.randomElement(using: &self), cut > 0 {
            session.apply(
                .compacted(
                    Compaction(
                        from: 0, to: cut, messages: session.messages.count, tokensBefore: 1, tokensAfter: 1,
                        summary: word(300))), at: noon)
        }
        return session
    }

    private mutating func word(_ most: Int) -> String {
        String(
            repeating: ["a", "é", "\"", "x "].randomElement(using: &self) ?? "a",
            count: Int.random(in: 0...most, using: &self))
    }
}

private func aSession() -> Session { session(in: .checkpoint) }
