import AgentOSCore

/// `${NAME}` in configurations, `${set.NAME}` in sessions and chains; `$${` is a plain `${`.
enum Expansion {
    /// The text with its names replaced; nil once a missing one has been noted.
    ///
    /// A session's other `${…}` stays as it is: it belongs to its chain, or to the shell that reads it.
    static func expand(_ text: String, at entry: Entry) -> String? {
        let source = entry.source
        switch source.kind {
        case .prices, .theme, .keymap: return text
        case .configuration, .session, .chain: break
        }
        if source.kind == .configuration, text.hasPrefix("secret:") {
            do throws(Fault) { return try source.secrets(String(text.dropFirst("secret:".count))) } catch {
                return entry.fail(error.message, error.hint)
            }
        }
        guard text.contains("${") else { return text }
        var result = ""
        var rest = Substring(text)
        var complete = true
        while let dollar = rest.firstRange(of: "${") {
            result += rest[..<dollar.lowerBound]
            let inside = rest[dollar.upperBound...]
            if result.hasSuffix("$") {
                result += "{"
                rest = inside
                continue
            }
            if source.kind != .configuration, !inside.hasPrefix("set.") {
                result += "${"
                rest = inside
                continue
            }
            guard let end = inside.firstIndex(of: "}") else {
                return entry.fail("${ without its }", "close it, or write $${ for a plain ${")
            }
            let name = String(inside[..<end])
            rest = inside[inside.index(after: end)...]
            if let value = value(of: name, at: entry) { result += value } else { complete = false }
        }
        return complete ? result + rest : nil
    }

    private static func value(of name: String, at entry: Entry) -> String? {
        let source = entry.source
        guard name.count <= 80, SafeText(name).text == name else {
            return entry.fail("${...} around something that is no name", "write $${ for a plain ${")
        }
        if source.kind != .configuration {
            let short = String(name.dropFirst("set.".count))
            return source.set[short] ?? entry.fail("${\(name)} has no value", "add --set \(short)=VALUE")
        }
        guard isName(name) else {
            return entry.fail("${\(name)} is not the name of a variable", "write $${ for a plain ${")
        }
        return source.environment[name]
            ?? entry.fail("${\(name)} is not set in the environment", "export \(name)")
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
        return text.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95
        }
    }
}
