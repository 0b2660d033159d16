import AgentOSCore
import CNcurses
import Glibc
import Terminal
import TestSupport
import Testing

@testable import CursesTerminal

/// One screen a process: these tests run one after the other.
@Suite(.serialized) struct ScreenTests {
    @Test func incrementalFramesEqualAFullRepaint() throws {
        var random = SeededGenerator(seed: 2_026)
        for size in [
            Size(columns: 200, rows: 60), Size(columns: 80, rows: 24), Size(columns: 33, rows: 9),
            Size(columns: 2, rows: 2),
        ] {
            let harness = try ScreenHarness(columns: size.columns, rows: size.rows)
            var frame = Frame(size: size)
            for step in 0..<(size.rows > 24 ? 20 : 100) {
                for _ in 0..<(size.rows > 24 ? 8 : 1) { RandomFrames.change(&frame, using: &random) }
                harness.show(frame)
                let found = harness.differences(frame)
                #expect(found.isEmpty, "\(size) step \(step): \(found) \(harness.sent)")
                if !found.isEmpty { return }
            }
            harness.now = harness.now.advanced(by: .seconds(1))
            harness.screen.repaint(at: harness.now)
            harness.settle()
            #expect(harness.differences(frame).isEmpty)
        }
    }

    @Test func theTerminalIsGivenBackAsItWas() throws {
        let harness = try ScreenHarness()
        harness.show(RandomFrames.list(Size(columns: 80, rows: 24), selected: 3, of: 50))
        #expect(!harness.isCooked)
        #expect(harness.terminal.isAlternate && !harness.terminal.isCursorShown)
        #expect(harness.terminal.modes.contains(2004))
        harness.screen.close()
        while harness.listen() {}
        #expect(harness.isCooked)
        #expect(!harness.terminal.isAlternate && harness.terminal.isCursorShown)
        #expect(harness.terminal.modes.isDisjoint(with: [2004, 2026, 1]))
        #expect(harness.terminal.text.allSatisfy { $0 == "\n" })
    }

    @Test func suspendGivesBackAndResumeRepaints() throws {
        let harness = try ScreenHarness()
        let frame = RandomFrames.list(Size(columns: 80, rows: 24), selected: 3, of: 50)
        harness.show(frame)
        harness.screen.suspend()
        while harness.listen() {}
        #expect(harness.isCooked && !harness.terminal.isAlternate)
        harness.terminal.feed(Array("fg\r\n".utf8))
        #expect(harness.screen.resume(at: harness.now) == [.resumed])
        harness.settle()
        #expect(!harness.isCooked)
        #expect(harness.differences(frame).isEmpty)
    }

    @Test func nothingIsSentAtRest() throws {
        let harness = try ScreenHarness()
        let frame = RandomFrames.list(Size(columns: 80, rows: 24), selected: 3, of: 50)
        harness.show(frame)
        #expect(harness.show(frame) == 0)
        #expect(harness.screen.deadline == nil && harness.screen.descriptors.output == nil)
    }

    @Test func oneRowDownCostsLittle() throws {
        let size = Size(columns: 200, rows: 60)
        // A coloured ground is erased, not written; a reversed one is, blank for blank.
        let bar = Style(.default, on: .indexed(24), .bold)
        let harness = try ScreenHarness(columns: 200, rows: 60)
        harness.show(RandomFrames.list(size, selected: 0, of: 10_000, bar: bar))
        var most = 0
        var total = 0
        for row in 1..<120 {
            let frame = RandomFrames.list(size, selected: row, of: 10_000, bar: bar)
            let bytes = harness.show(frame)
            most = max(most, bytes)
            total += bytes
            if row % 20 == 0 { #expect(harness.differences(frame).isEmpty) }
        }
        #expect(most <= 300, "at most \(most) bytes, \(total / 119) on average")
    }

    @Test func aStalledReaderBlocksNothing() throws {
        let harness = try ScreenHarness(columns: 200, rows: 60)
        var random = SeededGenerator(seed: 7)
        var frame = Frame(size: Size(columns: 200, rows: 60))
        for _ in 0..<40 {
            for _ in 0..<8 { RandomFrames.change(&frame, using: &random) }
            harness.now = harness.now.advanced(by: .seconds(1))
            _ = harness.screen.draw(frame, at: harness.now)
            harness.events += harness.screen.advance(at: harness.now)
        }
        #expect(harness.screen.descriptors.output != nil)
        #expect(harness.screen.statistics.framesSkipped > 5)
        #expect(harness.screen.statistics.bytesWritten < 1 << 20)
        harness.settle()
        #expect(harness.differences(frame).isEmpty)
        #expect(harness.events.last == .shown(FrameNumber(40)))
    }

    @Test func aStalledTerminalIsGivenBackToo() throws {
        let harness = try ScreenHarness(columns: 200, rows: 60)
        var random = SeededGenerator(seed: 8)
        var frame = Frame(size: Size(columns: 200, rows: 60))
        while harness.screen.descriptors.output == nil {
            for _ in 0..<8 { RandomFrames.change(&frame, using: &random) }
            harness.now = harness.now.advanced(by: .seconds(1))
            _ = harness.screen.draw(frame, at: harness.now)
            _ = harness.screen.advance(at: harness.now)
        }
        harness.screen.close()
        while harness.listen() {}
        #expect(harness.isCooked)
        #expect(!harness.terminal.isAlternate && harness.terminal.isCursorShown)
    }

    @Test func aClosedTerminalIsToldOnce() throws {
        let harness = try ScreenHarness()
        harness.show(RandomFrames.list(Size(columns: 80, rows: 24), selected: 3, of: 50))
        harness.hangUp()
        #expect(harness.screen.receive(at: harness.now) == [.closed])
        #expect(harness.screen.receive(at: harness.now).isEmpty)
        #expect(harness.screen.descriptors.input == -1 && harness.screen.deadline == nil)
        _ = harness.screen.draw(Frame(size: Size(columns: 80, rows: 24)), at: harness.now)
        #expect(harness.screen.advance(at: harness.now).isEmpty)
    }

    @Test func updatesAreSynchronizedOnlyWhereTheTerminalSaysSo() throws {
        for says in [true, false] {
            let harness = try ScreenHarness(synchronized: says)
            for selected in 0..<5 {
                harness.show(RandomFrames.list(Size(columns: 80, rows: 24), selected: selected, of: 50))
            }
            #expect(harness.terminal.updates == (says ? 4 : 0))
        }
    }

    @Test func aResizeIsToldAndRepainted() throws {
        let harness = try ScreenHarness()
        harness.show(RandomFrames.list(Size(columns: 80, rows: 24), selected: 3, of: 50))
        harness.resize(columns: 40, rows: 10)
        #expect(harness.events.last == .resize(Size(columns: 40, rows: 10)))
        let frame = RandomFrames.list(Size(columns: 40, rows: 10), selected: 3, of: 50)
        harness.show(frame)
        #expect(harness.differences(frame).isEmpty)
    }

    @Test func keysPastesAndTitles() throws {
        let harness = try ScreenHarness()
        harness.settle()
        harness.events = []
        harness.type(Array("j\u{1B}OA\u{1B}[200~y\rN\u{1B}[201~é".utf8))
        harness.events += harness.screen.receive(at: harness.now)
        #expect(
            harness.events == [
                .keys([.character("j"), KeyStroke(.up)]), .paste("y\nN"), .key(.character("é")),
            ])
        harness.screen.setTitle("tour")
        harness.screen.ring()
        harness.settle()
        #expect(harness.terminal.title == "tour" && harness.terminal.bells == 1)
    }

    @Test(arguments: [
        ("", "TERM is not set"), ("dumb", "cannot place a cursor"),
        ("nonsense", "not in this machine's terminal database"),
        ("xterm-ghostty", nil), ("foot", nil), ("vt100", nil), ("linux", nil), ("tmux-256color", nil),
    ])
    func unusableTerminalsAreRefused(term: String, words: String?) throws {
        do {
            let harness = try ScreenHarness(environment: ["TERM": term])
            #expect(words == nil)
            harness.settle()
            #expect(!harness.isCooked)
        } catch let fault as Fault {
            #expect(fault.code == .usage)
            #expect(fault.description.contains(words ?? "no fault at all"), "\(fault)")
        }
    }

    @Test(arguments: [
        (["TERM": "xterm-256color"], ColourDepth.ansi256),
        (["TERM": "xterm-256color", "NO_COLOR": "1"], .none),
        (["TERM": "linux"], .ansi16), (["TERM": "vt100"], .none),
        (["TERM": "xterm-256color", "NO_COLOR": ""], .ansi256),
    ])
    func colourDepths(environment: [String: String], depth: ColourDepth) throws {
        #expect(try ScreenHarness(environment: environment).screen.capabilities.colours == depth)
    }

    @Test func aFileIsNoTerminal() throws {
        let null = Glibc.open("/dev/null", O_RDWR)
        defer { Glibc.close(null) }
        #expect(throws: Fault.self) {
            try Screen(input: null, output: null, environment: ["TERM": "xterm"], holdsErrors: false)
        }
    }

    @Test func widthsAgreeWithTheCLibrary() throws {
        let harness = try ScreenHarness()
        var wrong: [String] = []
        for value in UInt32(0x20)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), !SafeText.isUnsafe(scalar) else { continue }
            let width = cn_width(value)
            if width >= 0, Int(width) != DisplayWidth.of(scalar) { wrong.append(String(value, radix: 16)) }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(10))")
        _ = harness
    }
}
