import AgentOSCore

/// Words of a vendor, made fit to show and to log (INV-7, INV-8).
enum VendorText {
    private static let longest = 300

    /// One line without controls, the key or anything that looks like one, cut to a few hundred characters.
    static func safe(_ raw: String, hiding key: String?) -> String {
        var text = raw
        if let key, key.utf8.count >= 4 { text = replace(key, in: text) }
        let words = text.split(whereSeparator: { $0.isWhitespace }).map { word in
            looksLikeKey(word) ? "[key]" : String(word)
        }
        let line = SafeText(words.joined(separator: " ")).text
        return line.count <= longest ? line : String(line.prefix(longest)) + "…"
    }

    private static func looksLikeKey(_ word: Substring) -> Bool {
        let body = word.drop { "\"'`(<[{:=,.".contains($0) }
        return body.hasPrefix("sk-") || body.hasPrefix("Bearer") || body.contains("****")
    }

    private static func replace(_ secret: String, in text: String) -> String {
        var rest = text[...]
        var out = ""
        while let found = rest.firstRange(of: secret) {
            out += rest[..<found.lowerBound] + "[key]"
            rest = rest[found.upperBound...]
        }
        return out + rest
    }
}
