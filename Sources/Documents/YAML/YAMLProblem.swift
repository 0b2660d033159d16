import Yams

/// The parser's complaints in the words of somebody who wrote a file.
enum YAMLProblem {
    /// One fault with the line to look at.
    static func fault(for error: any Error, in source: FileText) -> DocumentFault {
        guard let error = error as? YamlError else {
            return make(source, 1, nil, "not YAML", nil)
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            return fault(context: context, problem: problem, mark: mark, source)
        case .duplicatedKeysInMapping(let duplicates, let context):
            return duplicate(duplicates.first ?? "", at: context.mark, source)
        case .reader(let problem, let offset, _, _):
            let before = source.text.utf8.prefix(offset ?? 0)
            let line = 1 + before.count(where: { $0 == UInt8(ascii: "\n") })
            return make(
                source, line, nil, problem, "remove the character, or write it as an escape in double quotes")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return make(source, 1, nil, "not YAML", nil)
        }
    }

    private static func fault(
        context: YamlError.Context?, problem: String, mark: Mark, _ source: FileText
    ) -> DocumentFault {
        let lines = source.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        func text(_ line: Int) -> Substring { lines.indices.contains(line - 1) ? lines[line - 1] : "" }
        for line in [mark.line, mark.line - 1] where tabIndented(text(line)) {
            return make(source, line, nil, "a tab in the indentation", "indent with spaces")
        }
        if problem.contains("undefined alias") {
            let name = text(mark.line).unicodeScalars.dropFirst(mark.column).prefix {
                $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "-"
            }
            let inside = source.text.contains("&\(String(name))")
            return make(
                source, mark.line, mark.column,
                inside
                    ? "*\(String(name)) stands inside or before the value that it names"
                    : "no anchor &\(String(name))",
                inside ? "write the value out" : "quote the text if it is not an alias")
        }
        let (line, message, suggestion) = explain(problem, context, mark)
        return make(source, line, line == mark.line ? mark.column : nil, message, suggestion)
    }

    private static func explain(
        _ problem: String, _ context: YamlError.Context?, _ mark: Mark
    ) -> (line: Int, message: String, suggestion: String?) {
        let opened = context?.mark.line ?? mark.line
        switch problem {
        case let text where text.contains("mapping values are not allowed"):
            return (mark.line, "a colon where no key can stand", "quote the text, or check the indentation")
        case let text where text.contains("did not find expected ',' or"):
            return (opened, "a bracket is not closed, or a comma is missing", "close it, or quote the text")
        case let text where text.contains("unexpected end of stream"):
            return (opened, "a quote is not closed", "close it")
        case let text where text.contains("did not find expected key"):
            return (mark.line, "the indentation does not fit the lines above", "align it, or quote the text")
        case let text where text.contains("did not find expected '-'"):
            return (
                mark.line, "expected another item of the list",
                "start it with \"- \", or check the indentation"
            )
        case let text where text.contains("could not find expected ':'"):
            return (opened, "a key without a colon", "write KEY: VALUE")
        case let text where text.contains("cannot start any token"):
            return (mark.line, "a character that cannot start a value", "quote the text")
        case let text where text.contains("expected alphabetic or numeric character"):
            return (mark.line, "a text that starts with * or & names an anchor", "quote the text")
        case let text where text.contains("another document"):
            return (mark.line, "a second document starts here", "one file holds one document")
        case let text where text.contains("escape"):
            return (
                mark.line, "an unknown escape in double quotes",
                "write \\\\ for a backslash, or use single quotes"
            )
        default:
            return (mark.line, problem, "check the indentation and the quotes")
        }
    }

    /// Names both lines when the second one can be found in the text.
    private static func duplicate(_ name: String, at mark: Mark, _ source: FileText) -> DocumentFault {
        let lines = source.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        var second: Int?
        search: for index in lines.indices.dropFirst(mark.line - 1) {
            var rest = lines[index]
            if index == mark.line - 1 { rest = rest.dropFirst(mark.column - 1 + name.count) }
            while let range = rest.firstRange(of: name) {
                let before = rest[..<range.lowerBound].last
                let after = rest[range.upperBound...].drop { " \"'".contains($0) }
                if after.first == ":", before.map({ " \"'{,-\t".contains($0) }) ?? true {
                    second = index + 1
                    break search
                }
                rest = rest[range.upperBound...]
            }
        }
        let trail = KeyTrail.path(in: source.text, line: second ?? mark.line)
        let message = "the key stands twice, first in line \(mark.line)"
        return DocumentFault(
            file: source.file, line: second ?? mark.line, key: trail.isEmpty ? name : trail, message: message,
            suggestion: "keep one")
    }

    private static func tabIndented(_ line: Substring) -> Bool {
        line.prefix { $0 == " " || $0 == "\t" }.contains("\t")
    }

    private static func make(
        _ source: FileText, _ line: Int, _ column: Int?, _ message: String, _ suggestion: String?
    ) -> DocumentFault {
        DocumentFault(
            file: source.file, line: line, column: column, key: KeyTrail.path(in: source.text, line: line),
            message: message, suggestion: suggestion)
    }
}
