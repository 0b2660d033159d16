import AgentOSCore
import Console

/// A line of the guide, for a wide screen and for a narrow one; in a step, or what was found at its end.
struct TourGuide: Sendable, Hashable {
    /// At most 62 columns in a step, 70 for what was found.
    let wide: String
    /// At most 34 columns in a step, 32 for what was found.
    let narrow: String

    init(_ wide: String, _ narrow: String) {
        self.wide = wide
        self.narrow = narrow
    }

    /// The line that fits a screen.
    func line(columns: Int) -> String { columns >= 80 ? wide : narrow }
}

/// One thing that is awaited in a step.
struct TourMove: Sendable {
    /// What the guide says meanwhile.
    let guide: TourGuide
    /// Where the screen goes first; nil leaves it where it is.
    var place: (@Sendable (TourFacts) -> ConsoleOptions.Opening?)?
    /// What the session waited for; it goes on once the guide shows the move.
    var mark: TourMark?
    /// Whether it is done: what the log holds, and nothing else.
    let isDone: @Sendable (TourFacts) -> Bool
    /// What the person would do; nil where there is only to wait.
    var act: (@Sendable (TourStage) async throws -> Void)?
    /// Whether the tour does it, not the person.
    var isOurs = false
    /// How long a person has before the tour does it for them.
    var patience = Duration.seconds(20)
    /// Whether this is the frame that shows the step.
    var isFrame = false
}

/// A step of the tour.
struct TourStep: Sendable {
    /// From 1.
    let number: Int
    /// What it shows, in a word or two.
    let title: String
    /// How long a person is given to read what was found, while the session goes on.
    var reading = Duration.seconds(4)
    /// In order.
    let moves: [TourMove]
    /// What was found, from the log; throws where the evidence is missing.
    let evidence: @Sendable (TourStage, TourFacts) async throws -> TourGuide

    /// The seven steps.
    static let all: [TourStep] = [
        approval, gate, receipt, powerCut, rollback, apply, verification,
    ]

    /// The guide's line as a screen of so many columns shows it; with a mark where it is what was found.
    func line(_ guide: TourGuide, columns: Int, isFound: Bool = false) -> SafeText {
        let note = isFound ? "✓ " : columns >= 80 ? "rehearsal · " : ""
        return SafeText("\(number)/\(Self.all.count) \(note)\(guide.line(columns: columns))")
    }

    /// What is thrown where the log does not hold what it should.
    static func missing(_ what: String) -> Fault { Fault.failed(what) }
}

extension TourMove {
    /// The pane of the session that plays a part.
    static func session(_ part: TourPart) -> @Sendable (TourFacts) -> ConsoleOptions.Opening? {
        { facts in facts.id(part).map { .session($0.rawValue) } }
    }
}
