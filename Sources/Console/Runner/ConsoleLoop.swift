import AgentOSCore
import Terminal

/// The loop of a console: one owner of the model, the frame schedule and the questions under way.
///
/// It stays on its caller's actor, so that beside the terminal a key needs no other thread to become a frame.
struct ConsoleLoop {
    private var model: ConsoleModel
    private let client: EngineClient
    private let terminal: any Terminal
    private let clock: ConsoleClock
    private let mailbox: Mailbox
    private var frames = FrameScheduler()
    private var loads = LoadQueue()
    private var alarm = Alarm()
    private var opening = Opening()
    private var drawn: [(number: FrameNumber, item: ItemID?)] = []
    private var title: SafeText?
    private var exit: ConsoleExit?

    init(
        model: ConsoleModel, client: EngineClient, terminal: any Terminal, clock: ConsoleClock,
        mailbox: Mailbox
    ) {
        self.model = model
        self.client = client
        self.terminal = terminal
        self.clock = clock
        self.mailbox = mailbox
    }

    nonisolated(nonsending) mutating func run(_ group: inout DiscardingTaskGroup) async -> ConsoleExit {
        opening = Opening(model.openingEffects, at: clock.now())
        await perform(model.openingEffects, &group)
        while true {
            await settle(&group)
            let letters = await mailbox.next()
            if Task.isCancelled { return .terminated(.terminate) }
            await perform(update(&model, .tick(clock.wall.now())), &group)
            for letter in letters {
                await take(letter, &group)
                if let exit { return exit }
            }
        }
    }

    /// Asks what is due, draws what is due, and sees to it that the next deadline wakes the loop.
    private nonisolated(nonsending) mutating func settle(_ group: inout DiscardingTaskGroup) async {
        let now = clock.now()
        for load in loads.take(at: now) { ask(load, &group) }
        let held = opening.deadline(at: now)
        if held == nil, frames.take(at: now) { await draw(now) }
        let next = [held ?? frames.deadline, loads.deadline].compactMap { $0 }.min()
        guard alarm.set(next), let next else { return }
        group.addTask { [clock, mailbox] in
            do { try await clock.sleep(next) } catch { return }
            mailbox.post(.wake(next))
        }
    }

    private nonisolated(nonsending) mutating func take(_ letter: Letter, _ group: inout DiscardingTaskGroup)
        async
    {
        switch letter {
        case .wake(let at): alarm.rang(at)
        case .terminalEnded: exit = .terminalLost
        case .message(let message):
            switch message {
            case .loaded(let load, _), .loadFailed(let load, _):
                loads.done(load)
                opening.answered(load)
            case .linked(false): opening.end()
            case .key, .keys, .paste, .resized, .news, .performed, .linked, .shown, .tick, .cue: break
            }
            await perform(update(&model, message), &group)
        case .terminal(let event, let at): await take(event, at: at, &group)
        }
    }

    private nonisolated(nonsending) mutating func take(
        _ event: TerminalEvent, at: Int64, _ group: inout DiscardingTaskGroup
    ) async {
        switch event {
        case .key(let stroke):
            opening.end()
            frames.allowNow(at: clock.now())
            await perform(update(&model, .key(stroke, at: at)), &group)
        case .keys(let strokes):
            opening.end()
            frames.allowNow(at: clock.now())
            await perform(update(&model, .keys(strokes, at: at)), &group)
        case .paste(let text): await perform(update(&model, .paste(text)), &group)
        case .resize(let size): await perform(update(&model, .resized(size)), &group)
        case .resumed: frames.request(at: clock.now())
        case .focus: break
        case .shown(let number):
            guard let last = drawn.last(where: { $0.number <= number }) else { return }
            drawn.removeAll { $0.number <= number }
            await perform(update(&model, .shown(last.item, at: at)), &group)
        case .terminate(let why): exit = .terminated(why)
        case .closed: exit = .terminalLost
        }
    }

    private nonisolated(nonsending) mutating func perform(
        _ effects: [ConsoleEffect], _ group: inout DiscardingTaskGroup
    ) async {
        for effect in effects {
            switch effect {
            case .perform(let command): send(command, &group)
            case .load(let load): loads.ask(load, at: clock.now())
            case .refresh(let load): loads.refresh(load, at: clock.now())
            case .askFrame: frames.request(at: clock.now())
            case .repaint: await terminal.repaint()
            case .suspend: await terminal.suspend()
            case .ring: await terminal.ring()
            case .leave(let choice): exit = .left(choice)
            }
        }
    }

    private func send(_ command: Command, _ group: inout DiscardingTaskGroup) {
        group.addTask { [client, mailbox] in
            let result: Result<CommandReply, Fault>
            do { result = .success(try await client.perform(command)) } catch {
                result = .failure(Fault(seen: error))
            }
            mailbox.post(.performed(id: command.id, result))
        }
    }

    private func ask(_ load: Load, _ group: inout DiscardingTaskGroup) {
        group.addTask { [client, mailbox] in
            do {
                mailbox.post(.loaded(load, try await load.perform(client)))
            } catch {
                mailbox.post(.loadFailed(load, Fault(seen: error)))
            }
        }
    }

    private nonisolated(nonsending) mutating func draw(_ now: ContinuousClock.Instant) async {
        _ = update(&model, .tick(clock.wall.now()))
        let number = await terminal.draw(view(model, size: model.size))
        drawn.append((number, model.answerable?.itemId))
        if drawn.count > 100 { drawn.removeFirst(50) }
        if let tick = model.nextTick { frames.request(at: now, after: tick) }
        let title = model.windowTitle
        if title != self.title {
            self.title = title
            await terminal.setTitle(title)
        }
    }
}

extension Fault {
    /// The fault that an error is, or one that tells it in a line.
    init(seen error: any Error) {
        self =
            error as? Fault
            ?? Fault(.negative, "the host did not answer: \(error)", hint: "see agentos host status")
    }
}

extension ConsoleModel {
    /// The window's name: how much waits, so that a tab in the background shows it.
    var windowTitle: SafeText {
        let waiting = inbox?.waiting.count ?? 0
        return SafeText(
            (waiting > 0 ? "(\(waiting)!) " : "") + "agentos" + (header.map { " \($0.host)" } ?? ""))
    }
}
