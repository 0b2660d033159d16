/// A path as git writes it in a patch: in quotes, C escapes inside, where it holds what could forge a line.
///
/// Quotes, backslashes and controls are escaped, and by the octal of its bytes what else a terminal obeys or a reader
/// takes for the end of a line (`SafeText.isUnsafe`). Any other path is itself.
public func quotedPath(_ path: String) -> String {
    func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        scalar != "\"" && scalar != "\\" && !SafeText.isUnsafe(scalar)
    }
    guard !path.unicodeScalars.allSatisfy(isPlain) else { return path }
    var text = "\""
    for scalar in path.unicodeScalars {
        switch scalar {
        case "\"": text += "\\\""
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        case "\t": text += "\\t"
        case _ where isPlain(scalar): text.unicodeScalars.append(scalar)
        default:
            for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
                let digits = String(byte, radix: 8)
                text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            }
        }
    }
    return text + "\""
}
