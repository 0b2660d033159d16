import AgentOSCore
import FoundationEssentials
import Terminal
import Testing

@testable import Console

/// A person at a console: presses keys, reads the screen.
///
/// Everything asked for is answered before the next key.
struct Driver {
    var model: ConsoleModel
    let world: FakeWorld
    /// The clock that answers are timed with, in milliseconds; a key takes a second.
    var clock: Int64 = 0
    /// What the console wanted besides commands and questions.
    var wishes: [ConsoleEffect] = []

    init(
        _ world: FakeWorld = Sample.world(), _ size: String = "120x40",
        change: (inout ConsoleOptions) -> Void = { _ in }
    ) async throws {
        var options = ConsoleOptions()
        options.currentFolder = "/home/ana/clock"
        options.homeFolder = "/home/ana"
        options.theme = try Theme(Theme.builtIn, depth: .direct)
        change(&options)
        self.world = world
        model = ConsoleModel(size: try #require(Size(size)), options: options, now: Sample.noon)
        await perform(model.openingEffects)
        await take(.linked(true))
        await draw()
    }

    /// Presses keys by the names that keymaps use, a second apart; other texts are typed.
    mutating func press(_ names: String...) async {
        for name in names {
            let strokes = KeyStroke(name).map { [$0] } ?? name.map { KeyStroke.character($0) }
            for stroke in strokes {
                clock += 1000
                await take(.key(stroke, at: clock))
                await draw()
            }
        }
    }

    /// Passes a message to the console and carries out what it wants.
    mutating func take(_ message: ConsoleMessage) async {
        await perform(update(&model, message))
    }

    mutating func paste(_ text: String) async {
        await take(.paste(text))
        await draw()
    }

    mutating func resize(_ size: String) async throws {
        await take(.resized(try #require(Size(size))))
        await draw()
    }

    /// Tells that something happened, as the bus does.
    mutating func hear(_ events: EventRecord..., live: LiveText? = nil) async {
        var news = EngineNews()
        for event in events { news.add(.event(event)) }
        if let live { news.add(.live(live)) }
        await take(.news(news))
        await draw()
    }

    /// The frame reaches the terminal.
    mutating func draw() async { await take(.shown(model.answerable?.itemId, at: clock)) }

    private mutating func perform(_ effects: [ConsoleEffect]) async {
        var queue = effects
        while !queue.isEmpty {
            let effect = queue.removeFirst()
            switch effect {
            case .load(let load), .refresh(let load):
                do {
                    queue += update(&model, .loaded(load, try await load.perform(world.client)))
                } catch {
                    queue += update(&model, .loadFailed(load, Fault(seen: error)))
                }
            case .perform(let command):
                let result: Result<CommandReply, Fault>
                do { result = .success(try await world.client.perform(command)) } catch {
                    result = .failure(Fault(seen: error))
                }
                queue += update(&model, .performed(id: command.id, result))
            case .askFrame: continue
            case .repaint, .suspend, .ring, .leave: wishes.append(effect)
            }
        }
    }

    var frame: Frame { view(model, size: model.size) }
    var screen: String { FrameText.plain(frame) }
    var commands: [String] { world.with { $0.performed.map { $0.shellLine } } }
    var names: [String] { world.with { $0.performed.map(\.name) } }

    func shows(_ text: String, _ location: SourceLocation = #_sourceLocation) {
        #expect(screen.contains(text), "not on the screen: \(text)\n\(screen)", sourceLocation: location)
    }

    func hides(_ text: String, _ location: SourceLocation = #_sourceLocation) {
        #expect(!screen.contains(text), "on the screen: \(text)\n\(screen)", sourceLocation: location)
    }

    /// Compares the screen with `Goldens/NAME.txt`; `UPDATE_GOLDENS=1` writes it anew.
    func matches(_ name: String, _ location: SourceLocation = #_sourceLocation) throws {
        try matches(name, text: screen, location)
    }

    /// Compares a text with `Goldens/NAME.txt`.
    func matches(_ name: String, text: String, _ location: SourceLocation) throws {
        let path =
            String(
                "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
                    separator: "/")) + "/Goldens/\(name).txt"
        if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] != nil {
            try Data(text.utf8).write(to: URL(filePath: path))
            return
        }
        let golden = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(
            text == golden, "the screen differs from Goldens/\(name).txt:\n\(text)",
            sourceLocation: location)
    }
}
