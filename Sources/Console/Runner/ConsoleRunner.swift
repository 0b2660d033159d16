import AgentOSCore
import Terminal

/// Runs a console: takes what happens, updates the model, carries out its effects, draws.
///
/// Sleeps until something happens; with nothing to do it neither wakes nor writes.
public struct ConsoleRunner: Sendable {
    private let client: EngineClient
    private let terminal: any Terminal
    private let options: ConsoleOptions
    private let clock: ConsoleClock

    /// A console over an engine and a terminal.
    ///
    /// `options.theme` must be resolved for the terminal's depth.
    public init(client: EngineClient, terminal: any Terminal, options: ConsoleOptions, clock: ConsoleClock) {
        self.client = client
        self.terminal = terminal
        self.options = options
        self.clock = clock
    }

    /// Runs until the person leaves, a signal asks for the end, or the terminal is gone.
    ///
    /// The terminal is still to be released then. A cancelled task ends it as if it had been asked to terminate.
    ///
    /// Its loop stays on the caller's actor; what it asks of the engine does not.
    public func run(isolation: isolated (any _Concurrency.Actor)? = #isolation) async -> ConsoleExit {
        let mailbox = Mailbox()
        let size = await terminal.size
        var loop = ConsoleLoop(
            model: ConsoleModel(size: size, options: options, now: clock.wall.now()), client: client,
            terminal: terminal, clock: clock, mailbox: mailbox)
        return await withDiscardingTaskGroup { group in
            group.addTask { [self] in await listen(mailbox, isolation: isolation) }
            group.addTask { [self] in await follow(mailbox) }
            if let cues = options.cues {
                group.addTask { for await cue in cues { mailbox.post(.cue(cue)) } }
            }
            let exit = await loop.run(&group)
            group.cancelAll()
            return exit
        }
    }

    /// Passes on what the terminal tells, with the time it was told.
    private func listen(_ mailbox: Mailbox, isolation: isolated (any _Concurrency.Actor)?) async {
        let start = clock.now()
        for await event in terminal.events {
            mailbox.post(.terminal(event, at: start.duration(to: clock.now()).wholeMilliseconds))
        }
        mailbox.post(.terminalEnded)
    }

    /// Follows the log from where the first answer stands, and again whenever the link comes back.
    private func follow(_ mailbox: Mailbox) async {
        var after: Int64?
        var pause = Duration.milliseconds(250)
        while !Task.isCancelled {
            do {
                let header = try await client.ask(Overview())
                mailbox.post(.loaded(.overview, .overview(header)))
                mailbox.post(.linked(true))
                pause = .milliseconds(250)
                for try await update in client.follow(
                    FollowRequest(after: after ?? header.seq, signals: true))
                {
                    if case .event(let record) = update { after = record.seq }
                    mailbox.hear(update)
                }
            } catch {
                // Whatever it was, the link is what failed: the line below tells, and the next round tries again.
            }
            guard !Task.isCancelled else { return }
            mailbox.post(.linked(false))
            do { try await clock.sleep(clock.now().advanced(by: pause)) } catch { return }
            pause = min(pause * 2, .seconds(5))
        }
    }
}

extension Duration {
    /// Whole milliseconds.
    var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
