import AgentOSCore
import Console
import FoundationEssentials
import Terminal

/// The tour without a terminal.
struct TourCheck: Sendable {
    let program: Program
    let options: GlobalOptions
    /// Whether each step's frame is printed, or only a line.
    let showsFrames: Bool

    private var printer: TourPrinter { TourPrinter() }

    /// The most that the whole of it may take.
    static let limit = Duration.seconds(180)

    /// Does what a person would do, and says what the log shows.
    func run() async throws -> ExitCode {
        let check = self
        let start = ContinuousClock.now
        let home = try await TourStage.with(program, options, pace: 120) { stage in
            try await check.bounded { try await check.lead(stage) }
            if check.showsFrames {
                for line in try await TourEnd(stage: stage, options: check.options).lines() {
                    check.printer.line(SafeText(line))
                }
            }
            return stage.home
        }
        let seconds = start.duration(to: .now).components.seconds
        if !showsFrames {
            printer.line(
                SafeText("all \(TourStep.all.count) steps in \(seconds) s; home \(home.folder.path)"))
        }
        return .done
    }

    private func lead(_ stage: TourStage) async throws {
        var audience = TourAudience()
        let check = self
        let total = TourStep.all.count
        if showsFrames {
            let places = TourPlaces()
            audience.show = { await places.go($0) }
            audience.frame = { step, guide in
                guard let guide else { return }
                try await check.frame(
                    stage, await places.now, "\(step.number)/\(total) rehearsal · \(guide.wide)")
            }
            audience.done = { step, found in
                if step.number == 1 { return }
                try await check.frame(
                    stage, await places.now, "\(step.number)/\(total) rehearsal · \(found.wide)")
            }
        } else {
            audience.done = { step, found in
                check.printer.line(SafeText("\(step.number)/\(total) \(step.title): \(found.wide)"))
            }
        }
        try await TourDirector(stage: stage, audience: audience).run()
    }

    private func frame(_ stage: TourStage, _ place: ConsoleOptions.Opening, _ guide: String) async throws {
        var setup = ConsoleOptions()
        setup.isAttached = true
        let frame = try await Look.frame(
            opening: place, size: Size(columns: 100, rows: 30), client: stage.client, options: setup,
            guide: SafeText(guide), now: program.clock.now())
        printer.frame(FrameText.plain(frame))
    }

    private func bounded(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: Self.limit)
                throw Fault.failed(
                    "the tour took more than \(Self.limit.components.seconds) s", hint: "try again")
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

/// Where the screen would be.
private actor TourPlaces {
    private(set) var now = ConsoleOptions.Opening.inbox

    func go(_ place: ConsoleOptions.Opening) { now = place }
}
