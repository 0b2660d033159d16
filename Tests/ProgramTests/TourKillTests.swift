import AgentOSCore
import Testing

@testable import agentos

/// Step 4 of the tour, where something comes in between.
@Suite struct TourKillTests {
    private struct Seen: Error {}

    /// A person pauses while the slow call runs, and the tour comes so late that it has ended: nothing would be cut, and
    /// nothing takes a paused session over.
    @Test func aCallThatHasEndedBeforeTheKillIsMadeAgain() async throws {
        await #expect(throws: Seen.self) {
            try await TourRun.with(pace: 20) { stage in
                var audience = TourAudience()
                audience.guide = { step, _ in
                    guard step.number == 4, let slow = await stage.log.facts.slowCall,
                        await stage.engine.killed.isEmpty
                    else { return }
                    _ = try? await stage.perform("session.pause", .mend)
                    // On a busy machine the call may have ended before it was asked: the pause then waits for the model.
                    let wasInTime = try? await stage.log.first(within: .seconds(240)) { facts -> Bool? in
                        facts.find(.mend, after: slow.seq) { event, _ in
                            switch event {
                            case .pauseAsked: true
                            case .toolFinished(slow.intent.callId, _, _): false
                            default: nil
                            }
                        }
                    }
                    guard wasInTime == true else { return }
                    let isPaused = try? await stage.log.first(within: .seconds(240)) { facts -> Bool? in
                        facts.find(.mend, after: slow.seq) { event, _ in
                            if case .paused(.operatorAsked) = event { true } else { nil }
                        }
                    }
                    #expect(isPaused == true)
                }
                audience.done = { step, found in
                    guard step.number == 4 else { return }
                    #expect(found.wide.hasSuffix("0 lost, 1 call undone and run again"), "\(found.wide)")
                    let facts = await stage.log.facts
                    #expect(facts.undoneCalls == 1)
                    #expect(facts.lastSlowCall?.intent.callId != facts.slowCall?.intent.callId)
                    throw Seen()
                }
                try await TourDirector(stage: stage, audience: audience).run()
            }
        }
    }
}
