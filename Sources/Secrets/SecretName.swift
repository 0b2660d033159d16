import AgentOSCore

/// What a secret is called.
public enum SecretName {
    /// Reads a name: letters, digits, `_`, `-` and `.`, at most 64, beginning with a letter.
    public static func check(_ text: String) throws(Fault) -> String {
        let first = text.utf8.first.map(isLetter) ?? false
        let isName =
            first && text.utf8.count <= 64
            && text.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) || [45, 46, 95].contains($0) }
        guard isName else {
            throw .usage(
                "'\(SafeText(String(text.prefix(80))))' is not the name of a secret",
                hint: "a letter, then letters, digits, - _ and .")
        }
        return text
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte)
    }
}
