import AgentOSCore
import Terminal

/// A text in a box that may be longer than its room.
struct BoxText {
    let rows: [StyledLine]
    let scroll: Scroll

    init(_ lines: [StyledLine], width: Int, scroll: Scroll) {
        rows = TextLayout(lines, width: max(1, width)).rows
        self.scroll = scroll
    }

    /// Draws what is in view, and how much more there is.
    func draw(in rect: Rect, of frame: inout Frame, more: Style) {
        var rest = rect
        let isLong = rows.count > rect.height
        if isLong, rect.height > 1 {
            let left = max(0, rows.count - scroll.offset - (rect.height - 1))
            frame.draw(
                StyledLine(SafeText(left > 0 ? "↓ \(left) more: PgDn" : "↑ PgUp"), more),
                in: rest.takeBottom(1))
        }
        frame.draw(TextView(TextLayout(rows, width: .max, wraps: false), scroll: scroll), in: rest)
    }

    /// Where a page further is.
    func scrolled(by pages: Int, height: Int) -> Scroll {
        var scroll = scroll
        let room = rows.count > height ? height - 1 : height
        scroll.move(by: pages * max(1, room - 1), count: rows.count, height: room)
        return scroll
    }
}

/// A list to choose from, and beneath it what the choice would do.
struct ChooserBox: Widget {
    /// What is chosen, and for which session.
    let title: SafeText
    /// What there is to choose.
    let list: Table
    /// How many of its rows are shown.
    let rows: Int
    /// What `text` is about.
    let heading: SafeText
    /// What the choice would do.
    let text: [StyledLine]
    /// How far that is scrolled.
    let scroll: Scroll
    /// Buttons at the bottom, once they are wanted.
    var buttons: StyledLine?
    let theme: Theme

    /// Where everything lies on a screen of this size.
    struct Areas {
        var box: Rect
        var list: Rect
        var line: Rect
        var text: Rect
        var foot: Rect
    }

    func areas(in rect: Rect) -> Areas {
        let box = rect.centred(width: min(100, rect.width), height: min(rect.height, rows + 14))
        var inside = box.inset(2, 1)
        let foot = inside.takeBottom(buttons == nil ? 0 : 1)
        let list = inside.takeTop(rows + (list.showsHeader ? 1 : 0))
        return Areas(box: box, list: list, line: inside.takeTop(1), text: inside, foot: foot)
    }

    /// Where a page further in the text is.
    func scrolled(by pages: Int, in rect: Rect) -> Scroll {
        let area = areas(in: rect).text
        return BoxText(text, width: area.width, scroll: scroll).scrolled(by: pages, height: area.height)
    }

    func draw(in rect: Rect, of frame: inout Frame) {
        let areas = areas(in: rect)
        frame.fill(areas.box, style: theme[.text])
        frame.draw(Box(StyledLine(title, theme[.title]), style: theme[.border]), in: areas.box)
        frame.draw(list, in: areas.list)
        frame.draw(Separator(StyledLine(heading, theme[.dim]), style: theme[.border]), in: areas.line)
        BoxText(text, width: areas.text.width, scroll: scroll)
            .draw(in: areas.text, of: &frame, more: theme[.warning])
        if let buttons { frame.draw(buttons, in: areas.foot) }
        frame.cursor = nil
    }
}
