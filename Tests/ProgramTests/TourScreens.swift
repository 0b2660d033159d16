import AgentOSCore
import Console
import FoundationEssentials
import Terminal
import TestSupport

@testable import agentos

@testable import Console

/// The screens of a tour that runs, compared with golden ones.
///
/// The engine is another process and its sessions are run for real; each screen is taken where everything waits for
/// the tour, so that it always is the same one.
actor TourScreens {
    /// The themes that a screen is drawn with, as the terminal's environment chooses them.
    private static let looks: [(name: String, environment: [String: String], depth: ColourDepth)] = [
        ("dark", [:], .direct), ("light", ["COLORFGBG": "0;15"], .direct),
        ("nocolor", ["NO_COLOR": "1"], .none),
    ]
    private static let sizes = [(120, 40), (80, 24), (40, 10)]

    private let stage: TourStage
    /// One for each size and look, in this order.
    private var screens: [TourScreen] = []
    /// The log so far, masked.
    private var records: [EventRecord] = []
    /// Where they have been led since they last were still.
    private var places: [ConsoleOptions.Opening] = []
    /// What was another screen than the golden one, or could not be drawn.
    private(set) var differences: [String] = []
    /// The names of the screens that were seen.
    private(set) var seen: [String] = []

    init(_ stage: TourStage) throws {
        self.stage = stage
        for (columns, rows) in Self.sizes {
            for look in Self.looks {
                let program = Program(
                    environment: stage.program.environment.merging(look.environment) { $1 }, folder: "/tour",
                    hosting: stage.program.hosting, clock: stage.program.clock)
                var options = try ConsoleSetup(program: program, options: GlobalOptions.parse([])).console(
                    look.depth)
                options.isAttached = true
                options.escapeLeaves = true
                screens.append(TourScreen(Size(columns: columns, rows: rows), options))
            }
        }
    }

    /// Goes where the tour leads.
    func go(_ place: ConsoleOptions.Opening) { places.append(place) }

    /// Draws what a person sees now, for every size and look, and compares it.
    ///
    /// - Parameters:
    ///   - key: One that opens something to look at, which is closed again.
    func take(
        _ name: String, _ step: TourStep, _ guide: TourGuide, isFound: Bool = false, key: String? = nil
    ) async {
        seen.append(name)
        do {
            let facts = await stage.log.facts
            let mask = TourMask(names: names(facts))
            let client = mask.client(stage.client)
            for entry in facts.entries.dropFirst(records.count) {
                records.append(try mask.record(entry.record))
            }
            var text = ""
            for index in screens.indices {
                let look = Self.looks[index % Self.looks.count]
                var screen = screens[index]
                let (columns, rows) = (screen.frame.size.columns, screen.frame.size.rows)
                let line = step.line(guide, columns: columns, isFound: isFound).text
                try await screen.hear(records, client)
                for place in places { try await screen.take(.cue(.show(place)), client) }
                try await screen.take(.cue(.guide(SafeText(mask.text(line)))), client)
                if let key { try await screen.press(key, client) }
                let plain = FrameText.plain(screen.frame)
                if index % Self.looks.count == 0 { text = plain }
                if !text.hasPrefix(plain) { text += "\(look.name) shows something else:\n\(plain)" }
                text += "\(look.name)\n\(screen.frame.styles)"
                if key != nil { try await screen.press("esc", client) }
                screens[index] = screen
                if index % Self.looks.count == Self.looks.count - 1 {
                    try compare("tour-\(name)-\(columns)x\(rows)", text)
                }
            }
        } catch {
            differences.append("\(name) could not be drawn: \(error)")
        }
        places = []
    }

    private func names(_ facts: TourFacts) -> [(String, String)] {
        let parts = [(TourPart.mend, "mended"), (TourPart.shorten, "shorts")]
        return [(stage.home.folder.path, "/tour")]
            + parts.compactMap { part, name in facts.id(part).map { ($0.rawValue, name) } }
    }

    private func compare(_ name: String, _ text: String) throws {
        let path = String(#filePath.dropLast("TourScreens.swift".count)) + "Goldens/\(name).txt"
        if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] != nil {
            return try Data(text.utf8).write(to: URL(filePath: path))
        }
        guard FileManager.default.contents(atPath: path) != Data(text.utf8) else { return }
        differences.append("the screen differs from Goldens/\(name).txt:\n\(text)")
    }
}

/// A console of a tour, which hears and asks when it is told to.
private struct TourScreen {
    private var model: ConsoleModel
    private var clock: Int64 = 0
    private var seq: Int64?

    init(_ size: Size, _ options: ConsoleOptions) {
        model = ConsoleModel(size: size, options: options, now: TourMask.now)
    }

    /// What it shows.
    var frame: Frame { view(model, size: model.size) }

    /// Hears of the events that it has not heard of; opens first.
    mutating func hear(_ records: [EventRecord], _ client: EngineClient) async throws {
        if let seq {
            var news = EngineNews()
            for record in records where record.seq > seq { news.add(.event(record)) }
            try await take(.news(news), client)
        } else {
            try await perform(model.openingEffects, client)
            try await take(.linked(true), client)
        }
        seq = records.last?.seq ?? 0
    }

    /// Presses a key, a second after the last one.
    mutating func press(_ key: String, _ client: EngineClient) async throws {
        guard let stroke = KeyStroke(key) else { throw Fault.failed("there is no key \(key)") }
        clock += 1000
        try await take(.key(stroke, at: clock), client)
    }

    /// Takes a message in, and everything that it leads to.
    mutating func take(_ message: ConsoleMessage, _ client: EngineClient) async throws {
        try await perform(update(&model, message), client)
    }

    private mutating func perform(_ effects: [ConsoleEffect], _ client: EngineClient) async throws {
        var queue = effects
        while !queue.isEmpty {
            switch queue.removeFirst() {
            case .load(let load), .refresh(let load):
                queue += update(&model, .loaded(load, try await load.perform(client)))
            case .perform(let command):
                queue += update(
                    &model, .performed(id: command.id, .success(try await client.perform(command))))
            case .askFrame, .repaint, .suspend, .ring, .leave: continue
            }
        }
    }
}
