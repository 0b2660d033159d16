import AgentOSCore
import Terminal
import Testing

@Suite struct WidgetTests {
    private func drawn(_ widget: some Widget, _ columns: Int, _ rows: Int) -> String {
        var frame = Frame(size: Size(columns: columns, rows: rows))
        frame.draw(widget, in: frame.bounds)
        return FrameText.plain(frame)
    }

    @Test func columnsAreDroppedAndShared() {
        let columns = [
            Column("ID", .fixed(4)), Column("NAME", .flexible(min: 6)),
            Column("COST", .fixed(8), dropOrder: 1),
            Column("AGE", .fixed(6), dropOrder: 2),
        ]
        #expect(Table.layout(columns, width: 40).map(\.width) == [4, 19, 8, 6])
        #expect(Table.layout(columns, width: 20).map(\.index) == [0, 1, 2])
        #expect(Table.layout(columns, width: 12).map(\.width) == [4, 7])
        #expect(Table.layout(columns, width: 3).map(\.width) == [3])
    }

    @Test func aTableShowsWhatIsInView() {
        let columns = [Column("ID", .fixed(3)), Column("NAME", .flexible(min: 4))]
        let table = Table(columns: columns, count: 100, selection: 41, scroll: Scroll(offset: 40)) { row in
            [StyledLine(SafeText("\(row)")), "a rather long name"]
        }
        #expect(drawn(table, 16, 3) == " ID  NAME\n 40  a rather l…\n▸41  a rather l…\n")
    }

    @Test func scrollingRevealsWithTheLeastMove() {
        var scroll = Scroll()
        scroll.reveal(12, count: 100, height: 10)
        #expect(scroll.offset == 3 && scroll.position(count: 100, height: 10) == "3%")
        scroll.reveal(2, count: 100, height: 10)
        #expect(scroll.offset == 2)
        scroll.move(by: 500, count: 100, height: 10)
        #expect(scroll.visible(count: 100, height: 10) == 90..<100)
        #expect(scroll.position(count: 100, height: 10) == "Bot")
        scroll.clamp(count: 4, height: 10)
        #expect(scroll.offset == 0 && scroll.position(count: 4, height: 10) == "All")
    }

    @Test func anInputLineIsEdited() throws {
        var line = InputLine("fix the test", prompt: ": ")
        for name in ["ctrl-w", "ctrl-left", "X", "delete", "end", "b", "home", "ctrl-d", "é"] {
            let isKnown = line.apply(try #require(KeyStroke(name)))
            #expect(isKnown, "\(name)")
        }
        #expect(line.text == "éix Xhe b" && line.cursor == 1)
        let isTaken = line.apply(KeyStroke(.enter))
        #expect(!isTaken)
        line.insert("a\nb\u{301}")
        #expect(line.text == "éa b\u{301}ix Xhe b" && line.cursor == 4)
        var frame = Frame(size: Size(columns: 8, rows: 1))
        line.set("a line that is too long")
        frame.draw(line, in: frame.bounds)
        #expect(FrameText.plain(frame) == ":  long\n" && frame.cursor == Point(x: 7, y: 0))
    }

    @Test func boxesGaugesAndCourses() {
        #expect(
            drawn(Box("Sessions", note: "3/9"), 24, 3)
                == "┌─ Sessions ───── 3/9 ─┐\n│                      │\n└──────────────────────┘\n")
        #expect(drawn(Box("Sessions", note: "3/9"), 1, 1) == "\n")
        #expect(drawn(Gauge(0.5), 8, 1) == "████░░░░\n")
        #expect(drawn(Gauge(nil), 4, 1) == "––––\n")
        #expect(drawn(Sparkline([0, 1, nil, 7]), 6, 1) == "  ▁▂ █\n")
        #expect(drawn(Separator("gates"), 16, 1) == "── gates ───────\n")
        let modal = Modal("Cancel?", lines: ["This stops the session."], footer: "y yes · n no", width: 20)
        #expect(
            drawn(modal, 24, 7).contains("│ This stops the") && drawn(modal, 24, 7).contains("│ y yes · n no")
        )
    }

    /// Nothing that is drawn anywhere at any size traps, and no row grows wider than the frame.
    @Test func anySizeIsDrawn() {
        for columns in [0, 1, 2, 3, 7, 40] {
            for rows in [0, 1, 2, 3, 10] {
                var frame = Frame(size: Size(columns: columns, rows: rows))
                frame.draw(Modal("漢字", lines: ["日本語 text"], footer: "f"), in: frame.bounds)
                frame.draw(Box("漢字", note: "x"), in: Rect(x: -3, y: -1, width: 9, height: 4))
                frame.draw(InputLine("日本語", prompt: "? "), in: frame.bounds)
                frame.draw(
                    Table(columns: [Column("漢", .flexible(min: 1))], count: 3, selection: 0) { _ in ["漢字"] },
                    in: frame.bounds)
                for line in FrameText.plain(frame).split(separator: "\n") {
                    #expect(DisplayWidth.of(line) <= columns)
                }
            }
        }
    }

    @Test(arguments: [
        "ctrl-k", "!", "up", "shift-tab", "alt-x", "N", "f12", "space", "enter", "-", "ctrl-right", "pageup",
        "ctrl-alt-a",
    ])
    func keyNamesRoundTrip(name: String) throws { #expect(try #require(KeyStroke(name)).description == name) }

    @Test(arguments: [
        ("Ctrl-K", "Ctrl-K"), ("↑", "↑"), ("Esc", "Esc"), ("PgUp", "PgUp"), ("return", "Enter"),
        ("shift-tab", "Shift-Tab"),
    ])
    func keyLabels(name: String, label: String) throws {
        #expect(try #require(KeyStroke(name)).label == label)
    }

    @Test(arguments: ["", "ctrl-", "nothing", "shift-a", "f0", "f99", "ab"])
    func badKeyNames(name: String) { #expect(KeyStroke(name) == nil) }

    @Test func framesAreTakenTogetherAndCapped() {
        let start = ContinuousClock.now
        var scheduler = FrameScheduler(interval: .milliseconds(33))
        scheduler.request(at: start)
        scheduler.request(at: start)
        let taken = [scheduler.take(at: start), scheduler.take(at: start)]
        #expect(taken == [true, false] && scheduler.deadline == nil)
        scheduler.request(at: start.advanced(by: .milliseconds(5)))
        #expect(scheduler.deadline == start.advanced(by: .milliseconds(33)))
        let isEarly = scheduler.take(at: start.advanced(by: .milliseconds(32)))
        #expect(!isEarly)
        scheduler.allowNow(at: start.advanced(by: .milliseconds(32)))
        let isAllowed = scheduler.take(at: start.advanced(by: .milliseconds(32)))
        #expect(isAllowed)
    }

    @Test func aMemoryTerminalShowsWhatWasDrawn() async {
        let terminal = MemoryTerminal(size: Size(columns: 10, rows: 1))
        var frame = Frame(size: await terminal.size)
        frame.draw("hello", at: Point(x: 0, y: 0))
        async let seen = terminal.frame(containing: "hello")
        await terminal.draw(frame)
        #expect(await seen == frame)
        terminal.press("j", "ctrl-k")
        await terminal.release()
        var events: [TerminalEvent] = []
        for await event in terminal.events { events.append(event) }
        #expect(events == [.shown(FrameNumber(1)), .key(.character("j")), .key(.control("k"))])
    }
}
