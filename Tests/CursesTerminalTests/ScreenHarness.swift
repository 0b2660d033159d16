import AgentOSCore
import CPty
import Glibc
import Terminal
import TestSupport

@testable import CursesTerminal

/// A screen on a pseudo-terminal inside the test, with an emulator at the other end; nothing here waits for time.
final class ScreenHarness {
    let screen: Screen
    var terminal: VirtualTerminal
    /// Everything that the screen told so far.
    var events: [TerminalEvent] = []
    var bytes = 0
    /// What was sent since the last frame.
    var recent: [UInt8] = []
    /// The time that the screen is told.
    var now = ContinuousClock.now
    private(set) var main: Int32
    let side: Int32

    init(
        columns: Int = 80, rows: Int = 24, environment: [String: String] = ["TERM": "xterm-256color"],
        synchronized: Bool = true
    ) throws {
        var ends: (main: Int32, side: Int32) = (-1, -1)
        guard cpty_open(UInt16(rows), UInt16(columns), &ends.main, &ends.side) == 0 else {
            throw Fault.failed("no pseudo-terminal: errno \(errno)")
        }
        (main, side) = ends
        terminal = VirtualTerminal(columns: columns, rows: rows)
        terminal.hasSynchronizedUpdates = synchronized
        _ = setlocale(LC_ALL, "C.UTF-8")
        setenv("LC_ALL", "C.UTF-8", 1)
        screen = try Screen(input: side, output: side, environment: environment, holdsErrors: false)
    }

    deinit {
        screen.close()
        if main >= 0 { Glibc.close(main) }
        Glibc.close(side)
    }

    /// Reads what the screen has sent, answers it, and goes on until nothing moves.
    func settle() {
        while true {
            events += screen.advance(at: now)
            let answered = listen()
            if answered { events += screen.receive(at: now) }
            if !answered, screen.descriptors.output == nil { return }
        }
    }

    /// Lets the emulator read once; true when there was something.
    func listen() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(main, &buffer, buffer.count)
        guard count > 0 else { return false }
        bytes += count
        recent += buffer.prefix(count)
        terminal.feed(buffer.prefix(count))
        let replies = terminal.takeReplies()
        if !replies.isEmpty { type(replies) }
        return true
    }

    /// What was sent since the last frame, readable.
    var sent: String { SafeText(String(decoding: recent, as: UTF8.self)).text }

    func type(_ bytes: [UInt8]) { _ = bytes.withUnsafeBytes { write(main, $0.baseAddress, $0.count) } }

    /// Draws, settles, and tells how many bytes that took.
    @discardableResult
    func show(_ frame: Frame) -> Int {
        let before = bytes
        recent = []
        now = now.advanced(by: .seconds(1))
        _ = screen.draw(frame, at: now)
        settle()
        return bytes - before
    }

    func resize(columns: Int, rows: Int) {
        _ = cpty_resize(main, UInt16(rows), UInt16(columns))
        terminal.resize(columns: columns, rows: rows)
        events += screen.updateSize(at: now)
    }

    func hangUp() {
        Glibc.close(main)
        main = -1
    }

    /// Whether lines are edited and echoed by the terminal, as a shell expects.
    var isCooked: Bool {
        var value = termios()
        tcgetattr(side, &value)
        let wanted = tcflag_t(ICANON | ECHO | ISIG)
        return value.c_lflag & wanted == wanted && value.c_oflag & tcflag_t(OPOST) != 0
    }

    /// Where emulator and frame differ, for people; empty when they agree.
    func differences(_ frame: Frame) -> [String] {
        var found: [String] = []
        for y in 0..<frame.size.rows {
            for x in 0..<frame.size.columns {
                let wanted = Self.expected(frame[x, y])
                let shown = terminal.grid[y][x]
                if shown.text != wanted.text || Self.visible(shown) != Self.visible(wanted) {
                    found.append("(\(x),\(y)) wanted \(wanted) shown \(shown)")
                }
            }
        }
        let cursor = frame.cursor
        if terminal.isCursorShown != (cursor != nil) {
            found.append("cursor shown: \(terminal.isCursorShown)")
        }
        if let cursor, cursor.x != terminal.cursor.x || cursor.y != terminal.cursor.y {
            found.append("cursor at \(terminal.cursor), wanted \(cursor)")
        }
        return Array(found.prefix(5)) + terminal.unknown
    }

    /// What a person sees of a cell's look: on a blank only what paints the ground.
    private static func visible(_ cell: VirtualTerminal.Cell) -> VirtualTerminal.Look? {
        guard !cell.text.isEmpty else { return nil }
        guard cell.text == " " else { return cell.look }
        let painting = cell.look.attributes.intersection([4, 7])
        let foreground = painting.isEmpty ? nil : cell.look.foreground
        return VirtualTerminal.Look(
            foreground: foreground, background: cell.look.background, attributes: painting)
    }

    /// What xterm with 256 colours shows for a cell.
    private static func expected(_ cell: Cell) -> VirtualTerminal.Cell {
        var look = VirtualTerminal.Look()
        let style = cell.style.mapped(to: .ansi256)
        if case .indexed(let number) = style.foreground { look.foreground = "\(number)" }
        if case .indexed(let number) = style.background { look.background = "\(number)" }
        let codes: [(Attributes, Int)] = [
            (.bold, 1), (.dim, 2), (.italic, 3), (.underline, 4), (.reverse, 7),
        ]
        look.attributes = Set(codes.filter { style.attributes.contains($0.0) }.map(\.1))
        return VirtualTerminal.Cell(text: cell.text, look: look)
    }
}
