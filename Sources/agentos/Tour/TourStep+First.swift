import AgentOSCore
import FoundationEssentials

extension TourStep {
    /// 1: an approval, its hidden characters shown.
    static let approval = TourStep(
        number: 1, title: "approval", reading: .seconds(1),
        moves: [
            TourMove(
                guide: TourGuide("A session begins: it is to mend a program.", "A session begins."),
                place: { _ in .inbox }, isDone: { $0.request != nil },
                act: { try await $0.begin(.mend) }, isOurs: true),
            TourMove(
                guide: TourGuide(
                    "An agent asks; hidden bytes show. Read a second, then y or N.",
                    "It asks. Read a bit, then y or N."),
                isDone: { $0.answer != nil },
                act: { stage in
                    guard let item = await stage.log.facts.request?.itemId else { return }
                    try await stage.perform(
                        "inbox.answer", ["id": .string(item.rawValue), "answer": "yes"])
                },
                patience: .seconds(20), isFrame: true),
        ],
        evidence: { _, facts in
            guard let request = facts.request, let (answer, record) = facts.answer else {
                throw missing("no approval was asked for and answered")
            }
            let shown = SafeText(request.text).text
            guard request.text.contains("\u{1B}"), shown.contains("\\e[2K\\r") else {
                throw missing("the approval \(request.itemId) holds no hidden characters: \(shown)")
            }
            let word = answer == .yes ? "yes" : "no"
            return TourGuide(
                "answered \(word) (event \(record.seq)): \(shown)", "answered \(word) (event \(record.seq))")
        })

    /// 2: a gate, red and then green.
    static let gate = TourStep(
        number: 2, title: "gate", reading: .seconds(2),
        moves: [
            TourMove(
                guide: TourGuide(
                    "The agent edits. Then its gate runs the real tests: red.",
                    "It edits; its gate runs: red."),
                place: TourMove.session(.mend), isDone: { $0.red(.mend) != nil }),
            TourMove(
                guide: TourGuide(
                    "Red: the output went back to the agent. Wait for green.",
                    "Red: it tries again."),
                isDone: { $0.backFromGreen != nil }),
        ],
        evidence: { _, facts in
            guard let red = facts.red(.mend), let (green, seq) = facts.green, red.attempt < green.attempt,
                red.tree != green.tree
            else { throw missing("the gate tests was not red first and green then, on other files") }
            return TourGuide(
                "tests red in \(red.milliseconds) ms, then green in \(green.milliseconds) ms"
                    + " (event \(seq)): two real runs",
                "tests red, then green: real runs")
        })

    /// 3: a pause, a word, a receipt.
    static let receipt = TourStep(
        number: 3, title: "receipt",
        moves: [
            TourMove(
                guide: TourGuide("The session works on. p pauses it at its next safe point.", "p pauses it."),
                mark: .receipt, isDone: { $0.paused != nil },
                act: { try await $0.perform("session.pause", .mend) },
                patience: .seconds(12)),
            TourMove(
                guide: TourGuide(
                    "Paused. i says something to it: type a line, then Enter.",
                    "i, then a line and Enter."),
                isDone: { $0.said != nil },
                act: { stage in
                    try await stage.perform("session.say", .mend, ["text": "Leave the tests as they are."])
                },
                patience: .seconds(15)),
            TourMove(
                guide: TourGuide(
                    "Your line waits for the next turn. p lets the session go on.", "p lets it go on."),
                isDone: { $0.resumed != nil }, act: { try await $0.perform("session.resume", .mend) },
                patience: .seconds(8)),
            TourMove(
                guide: TourGuide(
                    "Its receipt goes from queued to delivered to seen.", "Its receipt: queued … seen."),
                isDone: { $0.seen != nil }),
        ],
        evidence: { _, facts in
            guard let paused = facts.paused, let said = facts.said, facts.resumed != nil,
                let seen = facts.seen, seen > paused, seen > said.seq
            else { throw missing("no pause, word and receipt") }
            return TourGuide(
                "paused, said, seen (event \(seen)); rehearsed words cannot react",
                "seen (rehearsed: cannot react)")
        })

    /// 4: the engine is killed.
    static let powerCut = TourStep(
        number: 4, title: "kill -9",
        moves: [
            TourMove(
                guide: TourGuide(
                    "Next the tour kills the engine, in the middle of a call.",
                    "Soon: kill -9, mid-call."),
                place: TourMove.session(.mend), mark: .powerCut, isDone: { $0.slowCall != nil }),
            TourMove(
                guide: TourGuide(
                    "A call writes a line a second. kill -9 … a new engine.",
                    "kill -9 … a new engine."),
                isDone: { $0.recovered != nil },
                act: { try await $0.cutPower() }, isOurs: true),
            TourMove(
                guide: TourGuide(
                    "Its files were put back; the cut call runs again.",
                    "The cut call runs again."),
                isDone: { $0.slowResult != nil }),
        ],
        evidence: { stage, facts in
            guard let killed = await stage.engine.killed.last, let recovered = facts.recovered,
                let cut = facts.slowCall, let (result, _) = facts.slowResult
            else { throw missing("no engine was killed and taken over from") }
            let before = facts.entries.map(\.record).filter { $0.seq < recovered }
            let now = Set(try await stage.events().map { "\($0.seq) \($0.hash)" })
            let lost = before.filter { !now.contains("\($0.seq) \($0.hash)") }.count
            guard lost == 0, facts.undoneCalls == 1, cut.seq < recovered else {
                throw missing("after the kill \(lost) events are lost and \(facts.undoneCalls) calls undone")
            }
            let lines = 4 * facts.slowEnds
            guard result.text.contains("\n\(lines)\n") || result.text.hasSuffix("\n\(lines)") else {
                throw missing("the call that ran again left another file: \(SafeText(result.text))")
            }
            return TourGuide(
                "pid \(killed) killed: \(before.count) events, 0 lost, 1 call undone and run again",
                "\(before.count) events, 0 lost; call redone")
        })
}
