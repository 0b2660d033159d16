import AgentOSCore

/// A file that a gate looks at.
struct GateFile: Sendable {
    var path: String
    var text: String
}

/// Whether files hold what they must, and not what they must not.
///
/// Throws where a pattern cannot be read, which the reader of session files refuses; files that are not text hold
/// nothing.
func verdict(of rule: MatchRule, on files: [GateFile]) throws(PatternRefusal) -> GateVerdict {
    let never = try rule.never.map { (text) throws(PatternRefusal) in try Pattern(text) }
    let always = try rule.always.map { (text) throws(PatternRefusal) in try Pattern(text) }
    guard !files.isEmpty else {
        let what = "no file matches \(rule.files)"
        // What must be somewhere cannot be nowhere; what must be nowhere is not in files that are not there.
        return GateVerdict(reason: rule.always == nil ? nil : what, output: what)
    }
    var found: [(place: String, line: Substring)] = []
    var lacking: [String] = []
    for file in files {
        let name = quotedPath(file.path)
        var holds = always == nil
        for (index, line) in lines(of: file.text).enumerated() {
            if let never, never.isFound(in: line) { found.append(("\(name):\(index + 1)", line)) }
            if !holds, let always { holds = always.isFound(in: line) }
        }
        if !holds { lacking.append(name) }
    }
    var reasons: [String] = []
    if let first = found.first, let pattern = rule.never {
        let more =
            found.count > 1 ? " and \(found.count - 1) more \(found.count == 2 ? "line" : "lines")" : ""
        reasons.append("\(first.place)\(more) match \(pattern)")
    }
    if let first = lacking.first, let pattern = rule.always {
        let more =
            lacking.count > 1 ? " and \(lacking.count - 1) more \(lacking.count == 2 ? "file" : "files")" : ""
        reasons.append("\(first)\(more) lack \(pattern)")
    }
    let lines =
        found.prefix(100).map { "\($0.place): \(SafeText(String($0.line.prefix(160))))" }
        + lacking.prefix(100).map { "\($0): no line matches" }
    return GateVerdict(
        reason: reasons.isEmpty ? nil : reasons.joined(separator: "; "),
        output: ([counted(files.count, "file")] + lines).joined(separator: "\n"))
}

/// The lines of a file, without their ends: `\n` or `\r\n`.
private func lines(of text: String) -> [Substring] {
    text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
}
