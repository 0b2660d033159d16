import AgentOSCore
import Terminal
import Testing

@testable import Console

/// A small generator with a fixed start, so that a failure can be seen again.
struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

@Suite struct PropertyTests {
    private static let keys = [
        "up", "down", "k", "j", "PageUp", "PageDown", "home", "end", "enter", "esc", "tab", "shift-tab", "1",
        "2", "3", "4", "!",
        "n", "p", "P", "b", "z", "ctrl-k", "i", "d", "a", "y", "N", "/", ":", "?", "v", "q", "]", "[", "left",
        "right", "space",
        "backspace", "x", "漢", "ctrl-u", "ctrl-w", "delete", "f3", "alt-b",
    ]

    /// Whatever is pressed at whatever size: no crash, and a frame of just that size.
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func anyKeysAtAnySize(seed: UInt64) async throws {
        var dice = Dice(state: seed &* 0x9E37_79B9_7F4A_7C15)
        var driver = try await Driver(Sample.world(), "80x24")
        for step in 0..<150 {
            switch Int.random(in: 0..<12, using: &dice) {
            case 0:
                let size = Size(
                    columns: .random(in: 1...210, using: &dice), rows: .random(in: 1...70, using: &dice))
                await driver.take(.resized(size))
            case 1: await driver.paste("a\u{1B}[2Jb\n漢\u{202E}")
            case 2:
                await driver.hear(
                    Sample.event(Int64(100 + step), "session.rolledback"),
                    live: LiveText(
                        sessionId: SessionID("7k2mqd"), callId: CallID("7k2mqd.m1"), source: "model",
                        text: "漢字 \u{1B}[31m"))
            case 3: await driver.take(.linked(Bool.random(using: &dice)))
            case 4: await driver.take(.cue(.guide(Bool.random(using: &dice) ? "Step 2 of 7: 漢字" : nil)))
            case 5: driver.world.with { $0.inbox.waiting.shuffle(using: &dice) }
            default: await driver.press(Self.keys.randomElement(using: &dice) ?? "esc")
            }
            let size = driver.model.size
            let frame = driver.frame
            guard frame.size == size, frame.cells.count == size.columns * size.rows else {
                Issue.record("step \(step): a frame of \(frame.size) at \(size)")
                return
            }
        }
        #expect(driver.screen.unicodeScalars.allSatisfy { $0 == "\n" || !SafeText.isUnsafe($0) })
    }

    @Test func everySizeDrawsEveryPane() async throws {
        for opening in [ConsoleOptions.Opening.inbox, .sessions, .session("7k2mqd"), .events] {
            let driver = try await Driver(Sample.world(), "80x24") { $0.opening = opening }
            for columns in [1, 2, 20, 39, 40, 60, 80, 120, 200] {
                for rows in [1, 2, 9, 10, 15, 20, 40] {
                    let size = Size(columns: columns, rows: rows)
                    #expect(view(driver.model, size: size).size == size)
                }
            }
        }
    }

    @Test func belowFortyByTenThereIsASummary() async throws {
        let driver = try await Driver(Sample.world(), "30x4")
        #expect(driver.screen.hasPrefix("1 run 2 wait 1 dead\n"))
    }

    @Test func theSameModelIsTheSameFrame() async throws {
        let driver = try await Driver()
        #expect(driver.frame == driver.frame)
    }

    @Test func typedLinesNeverCrash() {
        var dice = Dice(state: 7)
        let letters = Array("session.pause apply --here '\"=limits 7k2 漢\u{1B}")
        for _ in 0..<3000 {
            let line = String(
                (0..<Int.random(in: 0...30, using: &dice)).compactMap { _ in
                    letters.randomElement(using: &dice)
                })
            _ = TypedCommand(line, selected: nil, item: nil)
            if let words = Words.split(line) {
                #expect(
                    Words.split(words.map(Words.quoted).joined(separator: " ")) == words
                        || words.contains { $0.contains("'") })
            }
        }
    }
}
