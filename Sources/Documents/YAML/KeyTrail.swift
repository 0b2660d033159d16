/// The keys above a line of a text that could not be parsed, read off the indentation.
enum KeyTrail {
    /// `limits.cost` for a line inside `limits:`; empty when no key is in sight.
    static func path(in text: String, line: Int) -> String {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard !lines.isEmpty else { return "" }
        var index = min(max(line, 1), lines.count) - 1
        var keys: [String] = []
        var indentation = Int.max
        while index >= 0, indentation > 0 {
            if let found = key(of: lines[index]), found.indentation < indentation {
                // What has a value in its own line holds no keys.
                if keys.isEmpty || found.isOpen { keys.append(found.name) }
                indentation = found.indentation
            }
            index -= 1
        }
        return keys.reversed().joined(separator: ".")
    }

    /// A key that opens a line, after its indentation and the dashes of lists.
    private static func key(of line: Substring.UTF8View) -> (name: String, indentation: Int, isOpen: Bool)? {
        var rest = line
        var indentation = 0
        while let byte = rest.first,
            byte == UInt8(ascii: " ") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "\t")
        {
            if byte == UInt8(ascii: "-"), rest.dropFirst().first != UInt8(ascii: " ") { return nil }
            rest = rest.dropFirst()
            indentation += 1
        }
        let name = rest.prefix { isNameByte($0) }
        guard !name.isEmpty, name.count <= 64 else { return nil }
        let after = rest.dropFirst(name.count).drop { $0 == UInt8(ascii: " ") }
        guard after.first == UInt8(ascii: ":") else { return nil }
        let value = after.dropFirst().first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }
        let isOpen = value.map { #"|>&*!{["'#"#.utf8.contains($0) } ?? true
        return (String(decoding: name, as: UTF8.self), indentation, isOpen)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "/"):
            return true
        default: return false
        }
    }
}
