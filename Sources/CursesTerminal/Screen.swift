import AgentOSCore
import CNcurses
import Glibc
import Terminal

/// The terminal behind two descriptors: what is on it, what is on its way, and what was typed.
///
/// It never blocks and has no clock: its owner polls `descriptors` until `deadline` and then calls `receive` and
/// `advance`. One thread owns it, and there is one in a process.
final class Screen {
    let capabilities: TerminalCapabilities
    private(set) var size: Size
    private(set) var statistics = TerminalStatistics()
    /// Whether the terminal went away by itself.
    private(set) var isGone = false

    private var decoder: InputDecoder
    private var decoderDeadline: ContinuousClock.Instant?
    private var scheduler = FrameScheduler()
    private var wanted: (frame: Frame, number: FrameNumber)?
    private var painted: Frame?
    private var inFlight: FrameNumber?
    private var isBlocked = false
    private var isOpen = true
    private var isRepaintDue = true
    private var isAnswered = false
    private let holdsErrors: Bool

    /// Takes over a terminal; the descriptors stay the caller's.
    init(input: Int32, output: Int32, environment: [String: String], holdsErrors: Bool) throws(Fault) {
        var info = cn_info()
        let mono = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        let direct = !mono && ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "")
        let term = environment["TERM"] ?? ""
        let outcome = cn_open(input, output, term, direct, &info)
        guard outcome == Int32(CN_OK) else { throw Self.fault(outcome, term) }
        let colours: ColourDepth =
            mono || info.colours < 8
            ? .none : info.colours < 256 ? .ansi16 : info.colours < 1 << 24 ? .ansi256 : .direct
        let name = withUnsafeBytes(of: info.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        capabilities = TerminalCapabilities(colours: colours, unicode: info.utf8, name: name)
        size = Size(columns: Int(info.columns), rows: Int(info.rows))
        decoder = InputDecoder(table: KeyNames.table())
        self.holdsErrors = holdsErrors
        if holdsErrors { cn_stderr_hold() }
    }

    /// What to poll: the descriptor of the keys, and that of the output while it has not taken everything.
    var descriptors: (input: Int32, output: Int32?) {
        (cn_input_descriptor(), isBlocked ? cn_output_descriptor() : nil)
    }

    /// When `advance` has something to do even if nothing happens.
    var deadline: ContinuousClock.Instant? {
        let frame = isBlocked ? nil : scheduler.deadline
        return [frame, decoderDeadline].compactMap { $0 }.min()
    }

    /// Asks for a frame to be shown; the latest wins.
    func draw(_ frame: Frame, at now: ContinuousClock.Instant) -> FrameNumber {
        statistics.framesAsked += 1
        let number = FrameNumber(UInt64(statistics.framesAsked))
        if wanted != nil { statistics.framesSkipped += 1 }
        wanted = (frame, number)
        scheduler.request(at: now)
        return number
    }

    /// Sends everything again with the next frame.
    func repaint(at now: ContinuousClock.Instant) {
        isRepaintDue = true
        if wanted == nil, let painted { wanted = (painted, FrameNumber(UInt64(statistics.framesAsked))) }
        scheduler.request(at: now)
    }

    /// Reads what was typed.
    func receive(at now: ContinuousClock.Instant) -> [TerminalEvent] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var inputs: [DecodedInput] = []
        // A bound, so that a paste of any length cannot keep frames from being drawn.
        for _ in 0..<64 where isOpen {
            let count = cn_read(&buffer, buffer.count)
            if count < 0 { return events(inputs) + lose() }
            if count == 0 { break }
            inputs += decoder.feed(buffer.prefix(count))
        }
        decoderDeadline = decoder.patience.map { now.advanced(by: $0) }
        let events = events(inputs)
        if !events.isEmpty { scheduler.allowNow(at: now) }
        return events
    }

    /// Does what is due: a lone Escape, the frame, the rest of an earlier one.
    func advance(at now: ContinuousClock.Instant) -> [TerminalEvent] {
        guard isOpen else { return [] }
        var events: [TerminalEvent] = []
        if let due = decoderDeadline, due <= now {
            decoderDeadline = nil
            events += decoder.expire().compactMap(event)
            scheduler.allowNow(at: now)
        }
        events += flush()
        while isOpen, !isBlocked, wanted != nil, scheduler.take(at: now) {
            paint()
            events += flush()
        }
        return events
    }

    /// Follows the size of the window.
    func updateSize(at now: ContinuousClock.Instant) -> [TerminalEvent] {
        var rows: Int32 = 0
        var columns: Int32 = 0
        guard isOpen, cn_update_size(&rows, &columns) else { return [] }
        size = Size(columns: Int(columns), rows: Int(rows))
        repaint(at: now)
        scheduler.allowNow(at: now)
        return [.resize(size)]
    }

    /// Gives the terminal back to the shell for a while.
    func suspend() {
        guard isOpen else { return }
        if holdsErrors { cn_stderr_release() }
        cn_suspend()
        (isBlocked, inFlight) = (false, nil)
    }

    /// Takes it again, whoever has written on it meanwhile.
    func resume(at now: ContinuousClock.Instant) -> [TerminalEvent] {
        guard isOpen else { return [] }
        guard cn_resume() == 0 else { return lose() }
        if holdsErrors { cn_stderr_hold() }
        (isBlocked, inFlight) = (false, nil)
        let resized = updateSize(at: now)
        repaint(at: now)
        scheduler.allowNow(at: now)
        return [.resumed] + resized
    }

    /// Queues a bell.
    func ring() { send("\u{7}") }

    /// Names the window, where the terminal has names.
    func setTitle(_ title: SafeText) {
        guard isOpen, cn_prepare_title() else { return }
        send("\u{1B}]2;\(title.text)\u{7}")
    }

    /// Restores the terminal and lets go of it.
    func close() {
        guard isOpen else { return }
        // Answers still on their way would be typed at the shell: wait for the last one, but not for long.
        var wait = pollfd(fd: cn_input_descriptor(), events: Int16(POLLIN), revents: 0)
        while !isAnswered, !isBlocked, poll(&wait, 1, 150) > 0 {
            if receive(at: .now).contains(.closed) { return }
        }
        if !isAnswered { cn_discard_input() }
        isOpen = false
        cn_close()
        if holdsErrors { cn_stderr_release() }
    }

    private func send(_ text: String) {
        guard isOpen, !isBlocked else { return }
        cn_queue(text, text.utf8.count)
        statistics.bytesWritten += text.utf8.count
    }

    /// What was read at once; keys that follow each other in it are told of together.
    private func events(_ inputs: [DecodedInput]) -> [TerminalEvent] {
        let found = inputs.compactMap(event)
        var together: [TerminalEvent] = []
        for event in found {
            switch (together.last, event) {
            case (.key(let first), .key(let next)): together[together.count - 1] = .keys([first, next])
            case (.keys(let first), .key(let next)): together[together.count - 1] = .keys(first + [next])
            default: together.append(event)
            }
        }
        return together
    }

    private func event(_ input: DecodedInput) -> TerminalEvent? {
        switch input {
        case .key(let stroke):
            statistics.inputs += 1
            return .key(stroke)
        case .paste(let text):
            statistics.inputs += 1
            return .paste(text)
        case .focus(let on): return .focus(on)
        case .mode(2026, let state):
            if state == 1 || state == 2 { cn_set_synchronized(true) }
            return nil
        case .mode, .unknown: return nil
        case .deviceAttributes:
            isAnswered = true
            return nil
        }
    }

    private func paint() {
        guard let (asked, number) = wanted else { return }
        wanted = nil
        let frame = capabilities.unicode ? asked : asked.ascii()
        let isFull = isRepaintDue
        if isFull { cn_erase() }
        let before = isFull ? nil : painted.flatMap { $0.size == asked.size ? $0 : nil }
        if before == nil, !isFull { cn_erase() }
        set(frame, asked, after: before)
        let cursor = frame.cursor ?? Point(x: -1, y: -1)
        let bytes = cn_render(Int32(cursor.y), Int32(cursor.x), isFull)
        (isRepaintDue, painted, inFlight) = (false, asked, number)
        statistics.bytesWritten += bytes
        if bytes > 0 { statistics.framesWritten += 1 }
        statistics.largestFrame = max(statistics.largestFrame, bytes)
    }

    /// Puts the rows that changed into the picture; those that only moved by one are copied, as in a list that scrolls.
    private func set(_ frame: Frame, _ asked: Frame, after before: Frame?) {
        let rows = asked.size.rows
        guard let before else {
            for row in 0..<rows { set(row, of: frame) }
            return
        }
        let changed = (0..<rows).filter { !before.sameRow($0, as: asked) }
        let up = changed.filter { $0 + 1 < rows && before.row($0 + 1) == asked.row($0) }
        let down = changed.filter { $0 > 0 && before.row($0 - 1) == asked.row($0) }
        // A row is copied before it is written over: the upper first where rows move up, the lower where they move down.
        let (moved, step) = up.count >= down.count ? (Set(up), 1) : (Set(down), -1)
        for row in step > 0 ? changed : changed.reversed() {
            if moved.contains(row) { cn_copy_row(Int32(row + step), Int32(row)) } else { set(row, of: frame) }
        }
    }

    private func set(_ row: Int, of frame: Frame) {
        let cells = CellCode.row(frame.row(row), capabilities.colours)
        cn_set_row(Int32(row), cells, Int32(cells.count))
    }

    private func flush() -> [TerminalEvent] {
        switch cn_flush() {
        case 0:
            isBlocked = false
            guard let shown = inFlight else { return [] }
            inFlight = nil
            return [.shown(shown)]
        case 1:
            isBlocked = true
            return []
        default: return lose()
        }
    }

    private func lose() -> [TerminalEvent] {
        guard isOpen else { return [] }
        (isOpen, isGone, isBlocked) = (false, true, false)
        wanted = nil
        cn_abandon()
        if holdsErrors { cn_stderr_release() }
        return [.closed]
    }

    private static func fault(_ outcome: Int32, _ term: String) -> Fault {
        let name = SafeText(term).text
        switch outcome {
        case Int32(CN_NOT_A_TTY):
            return .usage("the console needs a terminal", hint: "run it in one, or use `agentos --no-ui`")
        case Int32(CN_TERM_UNSET):
            return .usage(
                "TERM is not set", hint: "set it, for example TERM=xterm-256color, or use `agentos --no-ui`")
        case Int32(CN_TERM_UNKNOWN):
            return .usage(
                "the terminal type \(name) is not in this machine's terminal database",
                hint: "install ncurses-term, set TERM=xterm-256color, or use `agentos --no-ui`")
        case Int32(CN_TERM_DUMB):
            return .usage(
                "the terminal type \(name) cannot place a cursor",
                hint: "use another terminal, `agentos --no-ui` or `agentos look`")
        case Int32(CN_BUSY):
            return .refused("this process has a screen already", hint: "close it first")
        default:
            return .usage(
                "cannot take over the terminal: \(String(cString: strerror(errno)))",
                hint: "use `agentos --no-ui`")
        }
    }
}
