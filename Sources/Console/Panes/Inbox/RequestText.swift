import AgentOSCore
import Terminal

/// What an item of the inbox says: what is asked, what comes with it, and why; nothing twice.
enum RequestText {
    /// The lines, not yet broken to a width.
    static func lines(_ item: InboxItem, _ theme: Theme) -> [StyledLine] {
        let (title, rest) = parts(item)
        var lines = SafeText.lines(title).map { StyledLine($0, theme[.text].adding(.bold)) }
        lines += rest.map { StyledLine($0, theme[.text]) }
        if let why = item.why {
            lines.append(
                StyledLine("asks because ", theme[.dim]) + StyledLine(SafeText(why), theme[.warning]))
        }
        return lines
    }

    /// The text, and what the detail says beyond it.
    ///
    /// The text of an approval is the tool and its subject, `shell make test`; the detail is the whole call, so the
    /// subject is left out of it.
    private static func parts(_ item: InboxItem) -> (String, [SafeText]) {
        guard !item.detail.isEmpty, item.detail != item.text else { return (item.text, []) }
        guard item.kind == .approval,
            case .object(var members)? = try? JSONText.decode(JSONValue.self, from: item.detail)
        else { return (item.text, JSONLines.of(item.detail)) }
        let words = item.text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let subject = words.count == 2 ? String(words[1]) : ""
        if subject == item.detail { return (String(words[0]), JSONLines.of(item.detail)) }
        if let said = ["command", "path", "url"].first(where: { members[$0]?.string == subject }) {
            members[said] = nil
        }
        return (item.text, members.isEmpty ? [] : lines(members))
    }

    /// Short values share a line.
    private static func lines(_ members: [String: JSONValue]) -> [SafeText] {
        let short = members.sorted { $0.key < $1.key }.compactMap { key, value in
            word(value).map { "\(key) \($0)" }
        }
        guard short.count == members.count else {
            return JSONLines.of((try? JSONText.string(JSONValue.object(members))) ?? "")
        }
        return [SafeText(short.joined(separator: " · "))]
    }

    private static func word(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text.count <= 30 && !text.contains(where: \.isNewline) ? text : nil
        case .null, .bool, .int, .double: try? JSONText.string(value)
        case .array, .object: nil
        }
    }
}
