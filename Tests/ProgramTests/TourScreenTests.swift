import AgentOSCore
import Testing

@testable import agentos

/// What the tour shows in its seven steps, at three sizes, dark, light and without colours.
@Suite struct TourScreenTests {
    @Test func eachStepIsShownAsItWasLookedAt() async throws {
        let screens = try await TourRun.with(pace: 120) { stage in
            let screens = try TourScreens(stage)
            try await TourDirector(stage: stage, audience: Self.audience(stage, screens)).run()
            return screens
        }
        for difference in await screens.differences { Issue.record("\(difference)") }
        #expect(
            await screens.seen == [
                "1-approval", "2-gate", "3-said", "3-receipt", "4-recovered", "5-preview", "5-rolledback",
                "5-undone", "6-diff", "6-apply", "7-verify",
            ])
    }

    /// Takes the screens where everything waits: for an answer, a key, or the guide.
    private static func audience(_ stage: TourStage, _ screens: TourScreens) -> TourAudience {
        var audience = TourAudience()
        audience.show = { await screens.go($0) }
        audience.guide = { step, guide in
            let facts = await stage.log.facts
            switch step.number {
            case 1 where facts.request != nil: await screens.take("1-approval", step, guide)
            case 3 where facts.said != nil && facts.resumed == nil:
                await screens.take("3-said", step, guide)
            case 5 where facts.rolledBack != nil: await screens.take("5-rolledback", step, guide)
            case 5 where facts.gatePause != nil: await screens.take("5-preview", step, guide, key: "b")
            case 6 where facts.outcome != nil:
                await screens.take("6-diff", step, guide, key: "d")
                await screens.take("6-apply", step, guide, key: "a")
            default: break
            }
        }
        audience.done = { step, found in
            let names = [2: "2-gate", 3: "3-receipt", 4: "4-recovered", 5: "5-undone", 7: "7-verify"]
            guard let name = names[step.number] else { return }
            guard
                try await stage.log.first(within: .seconds(240), { Self.waits($0, after: step) ? true : nil })
                    == true
            else { throw Fault.failed("step \(step.number) never came to rest") }
            await screens.take(name, step, found, isFound: true)
        }
        return audience
    }

    /// Whether the session that works waits for the next step: its model has been asked what a mark holds back.
    private static func waits(_ facts: TourFacts, after step: TourStep) -> Bool {
        let seq: Int64? =
            switch step.number {
            case 2: facts.backFromGreen
            case 3: facts.lastTry
            case 4: facts.slowResult?.seq
            default: 0
            }
        guard let seq else { return false }
        guard seq > 0 else { return true }
        return facts.find(.mend, after: seq) { event, _ in
            if case .modelStarted = event { true } else { nil }
        } ?? false
    }
}

extension TourFacts {
    /// Where the first session's last small turn had its result.
    fileprivate var lastTry: Int64? {
        let command = "sh duration.sh \(TourFiles.tries)h\(TourFiles.tries * 4)m"
        let call: CallID? = find(.mend) { event, _ in
            guard case .toolStarted(let intent) = event, intent.call.arguments["command"]?.string == command
            else { return nil }
            return intent.callId
        }
        guard let call else { return nil }
        return find(.mend) { event, record in
            if case .toolFinished(call, _, _) = event { record.seq } else { nil }
        }
    }
}
