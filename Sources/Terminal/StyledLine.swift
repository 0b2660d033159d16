import AgentOSCore

/// A line of text in pieces of one style each.
public struct StyledLine: Hashable, Sendable, ExpressibleByStringInterpolation {
    /// A piece of one style.
    public struct Span: Hashable, Sendable {
        /// What it says.
        public var text: SafeText
        /// How it is written.
        public var style: Style

        /// A piece.
        public init(_ text: SafeText, _ style: Style = .plain) {
            self.text = text
            self.style = style
        }
    }

    /// The pieces, from left to right.
    public var spans: [Span]

    /// A line of pieces.
    public init(spans: [Span] = []) { self.spans = spans }

    /// A line of one style.
    public init(_ text: SafeText, _ style: Style = .plain) { spans = [Span(text, style)] }

    /// A literal in the source, in the style of what it is drawn on.
    public init(stringLiteral value: String) { self.init(SafeText(value)) }

    /// How many columns it takes.
    public var width: Int { spans.reduce(0) { $0 + DisplayWidth.of($1.text.text) } }

    /// The text without styles.
    public var text: SafeText { SafeText(spans.map(\.text.text).joined()) }

    /// Adds a piece at the end.
    public mutating func append(_ text: SafeText, _ style: Style = .plain) { spans.append(Span(text, style)) }

    /// Both lines, one after the other.
    public static func + (first: StyledLine, second: StyledLine) -> StyledLine {
        StyledLine(spans: first.spans + second.spans)
    }

    /// The line with its own styles on top of another.
    public func over(_ base: Style) -> StyledLine {
        StyledLine(spans: spans.map { Span($0.text, $0.style.over(base)) })
    }

    /// Which end of a line is given up.
    public enum Cut: Hashable, Sendable {
        /// The end: `a long na…`.
        case end
        /// The start: `…of/a/path`.
        case start
    }

    /// The line in at most so many columns, with `…` where something was cut; never half a wide character.
    public func truncated(to columns: Int, cut: Cut = .end) -> StyledLine {
        guard width > columns else { return self }
        guard columns > 0 else { return StyledLine() }
        switch cut {
        case .end:
            var shown = prefix(columns - 1)
            shown.append(SafeText("…"), shown.spans.last?.style ?? spans.first?.style ?? .plain)
            return shown
        case .start:
            let rest = dropping(width - (columns - 1))
            return StyledLine(SafeText("…"), rest.spans.first?.style ?? .plain) + rest
        }
    }

    /// As many whole characters from the start as fit.
    public func prefix(_ columns: Int) -> StyledLine {
        var left = columns
        var out = StyledLine()
        for span in spans {
            let columns = DisplayWidth.of(span.text.text)
            if columns <= left {
                out.spans.append(span)
                left -= columns
                continue
            }
            let cut = span.text.text.unicodeScalars.prefix { scalar in
                left -= DisplayWidth.advance(scalar)
                return left >= 0
            }
            if !cut.isEmpty { out.append(SafeText(String(String.UnicodeScalarView(cut))), span.style) }
            break
        }
        return out
    }

    /// Without the characters that begin in the first so many columns.
    public func dropping(_ columns: Int) -> StyledLine {
        var left = columns
        var out = StyledLine()
        for span in spans {
            if left <= 0 {
                out.spans.append(span)
                continue
            }
            let rest = span.text.text.unicodeScalars.drop { scalar in
                guard left > 0 || DisplayWidth.advance(scalar) == 0 else { return false }
                left -= DisplayWidth.advance(scalar)
                return true
            }
            if !rest.isEmpty { out.append(SafeText(String(String.UnicodeScalarView(rest))), span.style) }
        }
        return out
    }
}
