import AgentOSCore

/// The schemas of single values.
enum Read {
    /// Any text.
    static func text(_ entry: Entry) -> String? { entry.text("text") }

    /// A text with something in it.
    static func filled(_ entry: Entry) -> String? {
        guard let text = entry.text("text") else { return nil }
        return text.allSatisfy(\.isWhitespace) ? entry.fail("empty", "write a text") : text
    }

    /// A filled text that is no bare number or yes and no, which stand where somebody slipped.
    static func sentence(_ entry: Entry) -> String? {
        if case .scalar(let text, plain: true) = entry.node.content,
            Double(text) != nil || ["true", "false", "yes", "no", "on", "off", "null", "~"].contains(text)
        {
            return entry.fail("expected a sentence, found \(text)", "say it in words, or quote it")
        }
        return filled(entry)
    }

    /// A filled text of one line.
    static func line(_ entry: Entry) -> String? {
        guard let text = filled(entry) else { return nil }
        return text.contains(where: \.isNewline) ? entry.fail("more than one line", "write one line") : text
    }

    /// A name that can be part of a path or a branch: letters, digits, `-`, `_` and `.`, not first.
    static func name(_ entry: Entry) -> String? {
        guard let text = line(entry) else { return nil }
        return isName(text) ? text : entry.expected("a name of letters, digits, - _ .")
    }

    /// Whether a text is such a name.
    static func isName(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), let first = text.first, first != "-", first != "." else {
            return false
        }
        return text.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_.".unicodeScalars.contains($0)
        }
    }

    /// A mapping as JSON, where what stands without quotes and looks like a number, a truth or null is one.
    static func object(_ entry: Entry) -> JSONValue? {
        guard case .mapping = entry.node.content else { return entry.expected("a mapping of keys") }
        return json(entry)
    }

    private static func json(_ entry: Entry) -> JSONValue? {
        switch entry.node.content {
        case .list(let nodes):
            return .array(nodes.enumerated().compactMap { json(entry.item($0, $1)) })
        case .mapping:
            guard let members = Fields.free(entry) else { return nil }
            var object: [String: JSONValue] = [:]
            for (name, entry) in members { object[name] = json(entry) }
            return .object(object)
        case .scalar(let text, plain: true) where entry.node.isAbsent || ["null", "~"].contains(text):
            return .null
        case .scalar(let written, let isPlain):
            guard let text = entry.text("a value") else { return nil }
            guard isPlain, text == written else { return .string(text) }
            switch text {
            case "true": return true
            case "false": return false
            default: return number(text) ?? .string(text)
            }
        }
    }

    private static func number(_ text: String) -> JSONValue? {
        if let whole = Int64(text), "\(whole)" == text { return .int(whole) }
        guard text.contains("."),
            text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 0x2E || $0 == 0x2D }),
            let value = Double(text)
        else { return nil }
        return .double(value)
    }

    /// `true` or `false`, also `yes no on off`.
    static func bool(_ entry: Entry) -> Bool? {
        guard let text = entry.text("true or false") else { return nil }
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: return entry.expected("true or false")
        }
    }

    /// A whole number in a range.
    static func int(_ range: ClosedRange<Int>) -> Schema<Int> {
        let what =
            range.upperBound == .max
            ? "a whole number from \(range.lowerBound)"
            : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return { entry in
            guard let text = entry.text(what) else { return nil }
            guard text.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(text),
                range.contains(value)
            else {
                return entry.expected(what)
            }
            return value
        }
    }

    /// A whole number from 1.
    static var count: Schema<Int> { int(1 ... .max) }

    /// Milliseconds of a duration above zero.
    static func duration(_ entry: Entry) -> Int64? {
        let what = "a duration like 90s 20m 2h 7d 500ms"
        guard let text = entry.text(what) else { return nil }
        return DurationText.milliseconds(text).flatMap { $0 > 0 ? $0 : nil } ?? entry.expected(what)
    }

    /// A moment, as `2026-11-23T03:00:00Z`.
    static func time(_ entry: Entry) -> Timestamp? {
        let what = "a time like 2026-11-23T03:00:00Z"
        guard let text = entry.text(what) else { return nil }
        return Timestamp(text) ?? entry.expected(what)
    }

    /// US dollars, not below zero.
    static func money(_ entry: Entry) -> Money? {
        let what = "an amount in USD like 0.50"
        guard let text = entry.text(what) else { return nil }
        guard let value = Money(text), value >= .zero else { return entry.expected(what) }
        return value
    }

    /// Bytes of a size above zero, `20GB` or `512MiB`.
    static func size(_ entry: Entry) -> Int64? {
        let what = "a size like 20GB or 512MiB"
        guard let text = entry.text(what) else { return nil }
        let digits = text.prefix { ("0"..."9").contains($0) }
        let units: [(String, Int64)] = [
            ("B", 1), ("kB", 1000), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000),
            ("TB", 1_000_000_000_000),
            ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
        ]
        guard let number = Int64(digits), number > 0,
            let scale = units.first(where: { $0.0 == text.dropFirst(digits.count) })?.1
        else { return entry.expected(what) }
        let (product, over) = number.multipliedReportingOverflow(by: scale)
        return over ? entry.expected(what) : product
    }

    /// `60/1m`: so many in such a time.
    static func rate(_ entry: Entry) -> RateLimit? {
        let what = "a rate like 60/1m"
        guard let text = entry.text(what) else { return nil }
        let parts = text.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let count = Int(parts[0]), count > 0,
            let time = DurationText.milliseconds(String(parts[1])), time > 0
        else { return entry.expected(what) }
        return RateLimit(count: count, milliseconds: time)
    }

    /// One of the words of an enum; a word that this version does not bring is told as such.
    static func choice<Value: RawRepresentable & CaseIterable>(_ type: Value.Type) -> Schema<Value>
    where Value.RawValue == String {
        let words = Value.allCases.map(\.rawValue)
        return { entry in word(of: words)(entry).flatMap(Value.init(rawValue:)) }
    }

    /// One of some words.
    static func word(of words: [String]) -> Schema<String> {
        { entry in
            let what = words.count == 1 ? "\(words[0])" : "one of \(words.joined(separator: ", "))"
            guard let text = entry.text(what) else { return nil }
            if NotYet.row(entry.source.kind, entry.pattern, value: text) != nil {
                return unavailable(text, entry)
            }
            guard words.contains(text) else {
                guard let near = Suggestion.nearest(to: text, among: words) else {
                    return entry.expected(what)
                }
                return entry.fail("unknown word \(Entry.shown(text))", "did you mean \(near)?")
            }
            return text
        }
    }

    private static func unavailable(_ text: String, _ entry: Entry) -> String? {
        let row = NotYet.row(entry.source.kind, entry.pattern, value: text)
        return entry.fail("\(text) is not available in this version", row?.instead)
    }

    /// A list; an absent one is empty.
    static func list<Value>(of schema: @escaping Schema<Value>) -> Schema<[Value]> {
        { entry in
            if entry.node.isAbsent { return [] }
            guard case .list(let items) = entry.node.content else { return entry.expected("a list") }
            let values = items.enumerated().map { schema(entry.item($0.offset, $0.element)) }
            let whole = values.compactMap { $0 }
            return whole.count == values.count ? whole : nil
        }
    }

    /// An absolute path: `~` is the home folder, others are relative to the file.
    static func path(_ entry: Entry) -> String? {
        guard let text = line(entry) else { return nil }
        let source = entry.source
        if text == "~" || text.hasPrefix("~/") {
            guard let home = source.environment["HOME"], home.hasPrefix("/") else {
                return entry.fail("~ has no meaning without HOME", "write the whole path")
            }
            return FilePath.join(home, String(text.dropFirst(2)))
        }
        if text.hasPrefix("~") { return entry.fail("the home of another user", "write the whole path") }
        return FilePath.join(source.folder, text)
    }
}
