/// A terminal emulator in memory, as independent of our own drawing code as can be: what xterm would show.
///
/// Understands what ncurses sends to `xterm-256color`; what it does not know is collected in `unknown`.
public struct VirtualTerminal: Sendable {
    /// A character on the screen with its look.
    public struct Cell: Hashable, Sendable {
        /// The character with its marks; empty for the right half of a wide one.
        public var text = " "
        /// Its SGR state.
        public var look = Look()

        /// A cell; blank by default.
        public init(text: String = " ", look: Look = Look()) {
            self.text = text
            self.look = look
        }
    }

    /// Colours as SGR names them (`38;5;N` and `38;2;R;G;B` as text) and attributes by their SGR number.
    public struct Look: Hashable, Sendable {
        /// The foreground: nil for the terminal's own.
        public var foreground: String?
        /// The background: nil for the terminal's own.
        public var background: String?
        /// SGR numbers that are on: 1, 2, 3, 4, 7.
        public var attributes: Set<Int> = []

        /// A look; plain by default.
        public init(foreground: String? = nil, background: String? = nil, attributes: Set<Int> = []) {
            self.foreground = foreground
            self.background = background
            self.attributes = attributes
        }
    }

    /// Columns of the screen.
    public private(set) var columns: Int
    /// Rows of the screen.
    public private(set) var rows: Int
    /// The cells, row after row, of the screen in use.
    public internal(set) var grid: [[Cell]]
    /// The cursor's column and row.
    public internal(set) var cursor = (x: 0, y: 0)
    /// Private modes that are on: 7 wrapping, 25 cursor, 1049 alternate screen, 2004 pastes, 2026 synchronized update.
    public internal(set) var modes: Set<Int> = [7, 25]
    /// Answers that the program asked for and has not been sent.
    public internal(set) var replies: [UInt8] = []
    /// Sequences that were not understood.
    public internal(set) var unknown: [String] = []
    /// The window's title.
    public internal(set) var title = ""
    /// How often the bell rang.
    public internal(set) var bells = 0
    /// How many synchronized updates were finished.
    public internal(set) var updates = 0
    /// Whether it says that it has synchronized updates.
    public var hasSynchronizedUpdates = true

    var look = Look()
    var margins: (top: Int, bottom: Int)
    var wrapPending = false
    var lastPrinted: Unicode.Scalar?
    /// Where the last character stands, for marks that follow it.
    var lastPlace: (x: Int, y: Int)?
    var savedMain: [[Cell]]?
    var savedCursor = (x: 0, y: 0)
    var pending: [UInt8] = []

    /// An empty screen.
    public init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        grid = Array(repeating: Array(repeating: Cell(), count: columns), count: rows)
        margins = (0, rows - 1)
    }

    /// Whether the alternate screen is shown.
    public var isAlternate: Bool { modes.contains(1049) }
    /// Whether the cursor is shown.
    public var isCursorShown: Bool { modes.contains(25) }

    /// A row as text, without the blanks at its end.
    public func line(_ row: Int) -> String {
        var text = grid[row].map(\.text).joined()
        while text.last == " " { text.removeLast() }
        return text
    }

    /// The screen as text, a line each row.
    public var text: String { (0..<rows).map(line).joined(separator: "\n") }

    /// Changes the size as a window does: what does not fit is cut, the rest stays.
    public mutating func resize(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        grid = (0..<rows).map { y in
            (0..<columns).map { x in y < grid.count && x < grid[y].count ? grid[y][x] : Cell() }
        }
        margins = (0, rows - 1)
        cursor = (min(cursor.x, columns - 1), min(cursor.y, rows - 1))
        wrapPending = false
        lastPlace = nil
    }

    /// Interprets bytes; a sequence cut in two is continued by the next call.
    public mutating func feed(_ bytes: some Sequence<UInt8>) {
        pending += bytes
        var index = 0
        while index < pending.count {
            guard let used = step(from: index) else { break }
            index += used
        }
        pending.removeFirst(index)
    }

    /// The answers so far, once.
    public mutating func takeReplies() -> [UInt8] {
        defer { replies = [] }
        return replies
    }

    /// Interprets one character or sequence; nil when it is not complete yet.
    private mutating func step(from index: Int) -> Int? {
        let byte = pending[index]
        if byte == 0x1B { return escape(from: index) }
        if byte < 0x20 || byte == 0x7F {
            control(byte)
            return 1
        }
        let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        guard index + length <= pending.count else { return nil }
        for scalar in String(decoding: pending[index..<(index + length)], as: UTF8.self).unicodeScalars {
            put(scalar)
        }
        return length
    }

    private mutating func escape(from index: Int) -> Int? {
        guard index + 1 < pending.count else { return nil }
        switch pending[index + 1] {
        case UInt8(ascii: "["):
            guard let end = pending[(index + 2)...].firstIndex(where: { (0x40...0x7E).contains($0) }) else {
                return nil
            }
            let body = String(decoding: pending[(index + 2)..<end], as: UTF8.self)
            sequence(body, Character(Unicode.Scalar(pending[end])))
            return end - index + 1
        case UInt8(ascii: "]"), UInt8(ascii: "P"):
            guard let end = pending[(index + 2)...].firstIndex(where: { $0 == 7 || $0 == 0x1B }) else {
                return nil
            }
            let body = String(decoding: pending[(index + 2)..<end], as: UTF8.self)
            if body.hasPrefix("2;") || body.hasPrefix("0;") { title = String(body.dropFirst(2)) }
            return end - index + (pending[end] == 7 ? 1 : 2)
        case UInt8(ascii: "("), UInt8(ascii: ")"):
            return index + 2 < pending.count ? 3 : nil
        case UInt8(ascii: "M"): reverseLineFeed()
        case UInt8(ascii: "7"): savedCursor = cursor
        case UInt8(ascii: "8"): cursor = savedCursor
        case UInt8(ascii: "="), UInt8(ascii: ">"), UInt8(ascii: "\\"): break
        default: unknown.append("ESC " + String(Character(Unicode.Scalar(pending[index + 1]))))
        }
        return 2
    }
}
