import AgentOSCore
import Console

/// Who watches a tour.
struct TourAudience: Sendable {
    /// Shows a line of the guide in a step.
    var guide: @Sendable (TourStep, TourGuide) async -> Void = { _, _ in }
    /// Goes to a place.
    var show: @Sendable (ConsoleOptions.Opening) async -> Void = { _ in }
    /// The step looks now as its frame should.
    var frame: @Sendable (TourStep, TourGuide?) async throws -> Void = { _, _ in }
    /// A step is done, with what was found.
    var done: @Sendable (TourStep, TourGuide) async throws -> Void = { _, _ in }
    /// Whether a person acts, so that the tour waits before it does it for them.
    var acts = false
}

/// Leads through the steps; each is done when the log says so.
struct TourDirector: Sendable {
    let stage: TourStage
    let audience: TourAudience
    /// How long one move may take once it was made.
    var limit = Duration.seconds(45)

    /// Goes through every step; throws a fault that names the step whose evidence is missing.
    func run() async throws {
        for step in TourStep.all {
            do { try await lead(step) } catch let fault as Fault {
                throw Fault(
                    .negative,
                    "tour step \(step.number)/\(TourStep.all.count) \(step.title): \(fault.message)",
                    hint: fault.hint ?? "see what happened: agentos events --home \(stage.home.folder.path)")
            }
        }
    }

    private func lead(_ step: TourStep) async throws {
        var hasFrame = false
        for move in step.moves {
            if let place = move.place?(await stage.log.facts) { await audience.show(place) }
            await audience.guide(step, move.guide)
            if let mark = move.mark, audience.acts || move.act == nil { try stage.home.make(mark) }
            if move.isFrame {
                try await audience.frame(step, move.guide)
                hasFrame = true
            }
            try await make(move, in: step)
        }
        let evidence = try await step.evidence(stage, await stage.log.facts)
        if !hasFrame { try await audience.frame(step, nil) }
        try await audience.done(step, evidence)
    }

    private func make(_ move: TourMove, in step: TourStep) async throws {
        let isDone = move.isDone
        if audience.acts, !move.isOurs, try await wait(move.patience, isDone) { return }
        if audience.acts, !move.isOurs, move.act != nil {
            await audience.guide(step, TourGuide("Nobody did: the tour does it.", "The tour does it."))
            if try await wait(.seconds(1), isDone) { return }
        }
        if !isDone(await stage.log.facts) {
            do { try await act(move) } catch is Fault {
                // The person may just have done it, or the engine not be done with what the log told already.
                if try await !wait(.seconds(1), isDone) { try await act(move) }
            }
        }
        // Where nobody acts, the session goes on once it was asked, so that it always is at the same place.
        if let mark = move.mark { try stage.home.make(mark) }
        guard try await wait(limit, isDone) else {
            throw TourStep.missing(
                "the log does not show it after \(limit.components.seconds) s: \(move.guide.wide)")
        }
    }

    private func act(_ move: TourMove) async throws {
        if let act = move.act { return try await act(stage) }
        // Where there is only to wait, a session that a person has paused would never come to it.
        guard audience.acts, let id = await stage.log.facts.id(.mend) else { return }
        let summary = try await stage.client.ask(SessionShow(id: id.rawValue)).summary
        if summary.state == .paused, summary.reason == .operatorAsked {
            try await stage.perform("session.resume", .mend)
        }
    }

    /// Whether it is so within a limit; throws when a session has failed, which nothing mends.
    private func wait(_ limit: Duration, _ isDone: @escaping @Sendable (TourFacts) -> Bool) async throws
        -> Bool
    {
        try await stage.log.first(within: limit) { facts -> Bool? in
            if isDone(facts) { return true }
            if let failure = facts.failure { throw Fault.failed(failure) }
            return nil
        } ?? false
    }
}
