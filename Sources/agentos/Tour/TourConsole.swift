import AgentOSCore
import Console
import CursesTerminal
import Terminal

/// The tour on a terminal: the console on the tour's engine, and a guide.
struct TourConsole: Sendable {
    let program: Program
    let options: GlobalOptions
    let output: Output

    /// How a tour ended.
    private enum Ending: Sendable {
        /// The console was left.
        case left(ConsoleExit)
        /// Every step was seen; what is said then.
        case over([String])
    }

    /// Runs until the steps are done or the person leaves.
    func run() async throws -> ExitCode {
        // What is wrong with a file is told before the screen is taken.
        _ = try ConsoleSetup(program: program, options: options).console(.none)
        let terminal = try await CursesTerminal.open(environment: program.environment)
        let ending: Ending
        do {
            ending = try await TourStage.with(program, options, pace: 900) { stage in
                try await self.show(stage, on: terminal)
            }
        } catch {
            await terminal.release()
            throw error
        }
        await terminal.release()
        switch ending {
        case .over(let lines):
            for line in lines { output.line(SafeText(line)) }
            return .done
        case .left(.terminated(.interrupt)): return .interrupted
        case .left:
            output.tell("the tour was left; it begins anew with: agentos tour")
            return .done
        }
    }

    private func show(_ stage: TourStage, on terminal: CursesTerminal) async throws -> Ending {
        let (cues, cue) = AsyncStream.makeStream(of: ConsoleCue.self)
        var setup = try ConsoleSetup(program: program, options: options).console(
            terminal.capabilities.colours)
        setup.isAttached = true
        setup.escapeLeaves = true
        setup.cues = cues
        let runner = ConsoleRunner(
            client: stage.client, terminal: terminal, options: setup, clock: .system(wall: program.clock))
        return try await withThrowingTaskGroup(of: Ending?.self) { group in
            group.addTask { await Self.watch(runner) }
            group.addTask {
                let lines = try await self.lead(stage, terminal, cue)
                cue.yield(.leave)
                return .over(lines)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let first else { return .left(.left(.leave)) }
            if case .over = first { _ = try await group.next() }
            return first
        }
    }

    /// On the terminal's thread, as every console.
    @UIActor private static func watch(_ runner: ConsoleRunner) async -> Ending {
        .left(await runner.run())
    }

    private func lead(
        _ stage: TourStage, _ terminal: CursesTerminal, _ cue: AsyncStream<ConsoleCue>.Continuation
    ) async throws -> [String] {
        var audience = TourAudience(acts: true)
        audience.guide = { step, guide in
            cue.yield(.guide(step.line(guide, columns: await terminal.size.columns)))
        }
        audience.show = { cue.yield(.show($0)) }
        audience.done = { step, found in
            cue.yield(.guide(step.line(found, columns: await terminal.size.columns, isFound: true)))
            // Time to read it; the next step begins by itself.
            try await Task.sleep(for: step.reading)
        }
        try await TourDirector(stage: stage, audience: audience).run()
        return try await TourEnd(stage: stage, options: options).lines()
    }
}
