import AgentOSCore

/// A line that is being typed: its text, the cursor in it, and the usual editing keys.
public struct InputLine: Hashable, Sendable, Widget {
    /// What has been typed.
    public private(set) var text: String
    /// The cursor, counted in characters from the start.
    public private(set) var cursor: Int
    /// What stands before it.
    public var prompt: StyledLine
    /// How the text is written.
    public var style: Style
    /// Whether dots are shown instead of the text.
    public var isSecret: Bool

    /// A line with the cursor at its end.
    public init(
        _ text: String = "", prompt: StyledLine = StyledLine(), style: Style = .plain, isSecret: Bool = false
    ) {
        self.text = text
        cursor = text.count
        self.prompt = prompt
        self.style = style
        self.isSecret = isSecret
    }

    /// Replaces the text; the cursor goes to its end.
    public mutating func set(_ text: String) {
        self.text = text
        cursor = text.count
    }

    /// Inserts at the cursor; line ends become spaces.
    public mutating func insert(_ pasted: String) {
        // A pasted mark may join the character before it, so the cursor is counted in the joined text.
        let head = String(text[..<index(cursor)]) + pasted.map { $0.isNewline ? " " : $0 }
        text = head + text[index(cursor)...]
        cursor = min(head.count, text.count)
    }

    /// Applies an editing key; false when it means nothing to a line, so the key can mean something else.
    public mutating func apply(_ stroke: KeyStroke) -> Bool {
        switch (stroke.key, stroke.modifiers) {
        case (.character(let character), []): insert(String(character))
        case (.left, []), (.character("b"), .control): cursor = max(0, cursor - 1)
        case (.right, []), (.character("f"), .control): cursor = min(text.count, cursor + 1)
        case (.home, []), (.character("a"), .control): cursor = 0
        case (.end, []), (.character("e"), .control): cursor = text.count
        case (.left, .control), (.character("b"), .alt): cursor = wordStart
        case (.right, .control), (.character("f"), .alt): cursor = wordEnd
        case (.backspace, []), (.character("h"), .control): remove(max(0, cursor - 1)..<cursor)
        case (.delete, []), (.character("d"), .control): remove(cursor..<min(text.count, cursor + 1))
        case (.character("w"), .control), (.backspace, .alt): remove(wordStart..<cursor)
        case (.character("u"), .control): remove(0..<cursor)
        case (.character("k"), .control): remove(cursor..<text.count)
        default: return false
        }
        return true
    }

    /// Draws prompt and text, scrolled so that the cursor is in view, and places the frame's cursor.
    public func draw(in rect: Rect, of frame: inout Frame) {
        guard !rect.isEmpty else { return }
        if style != .plain { frame.fill(rect.row(0), style: style) }
        var field = rect.row(0)
        let used = frame.draw(prompt, in: field, base: style)
        _ = field.takeLeft(min(used, max(0, rect.width - 4)))
        let shown = isSecret ? String(repeating: "*", count: text.count) : text
        let before = DisplayWidth.of(SafeText(String(shown.prefix(cursor))).text)
        let skipped = max(0, before - field.width + 1)
        let line = StyledLine(SafeText(shown)).dropping(skipped)
        var x = field.x
        for span in line.spans {
            x += frame.draw(span.text, at: Point(x: x, y: field.y), style: style, clip: field)
        }
        frame.cursor = Point(x: min(field.x + before - skipped, field.maxX - 1), y: field.y)
    }

    private func index(_ offset: Int) -> String.Index {
        text.index(text.startIndex, offsetBy: offset, limitedBy: text.endIndex) ?? text.endIndex
    }

    private mutating func remove(_ range: Range<Int>) {
        text.removeSubrange(index(range.lowerBound)..<index(range.upperBound))
        cursor = min(range.lowerBound, text.count)
    }

    private var wordStart: Int {
        let characters = Array(text)
        var at = cursor
        while at > 0, characters[at - 1] == " " { at -= 1 }
        while at > 0, characters[at - 1] != " " { at -= 1 }
        return at
    }

    private var wordEnd: Int {
        let characters = Array(text)
        var at = cursor
        while at < characters.count, characters[at] == " " { at += 1 }
        while at < characters.count, characters[at] != " " { at += 1 }
        return at
    }
}
