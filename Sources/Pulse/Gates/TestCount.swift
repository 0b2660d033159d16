import AgentOSCore

/// How many tests a command ran, read from what well-known test runners print; nil where none of them is known.
///
/// A command can exit with 0 because it found nothing to run, so a count of zero is a failure. Where a runner
/// prints several totals (one for each crate), they are summed; where it prints nested ones, the largest counts.
func testCount(in output: String) -> Int? {
    var sums: [Int: Int] = [:]
    for raw in output.split(whereSeparator: \.isNewline) {
        let line = Words(plain(raw))
        for (index, runner) in runners.enumerated() {
            guard let count = runner.count(line) else { continue }
            sums[index] = runner.isSummed ? (sums[index] ?? 0) + count : max(sums[index] ?? 0, count)
        }
    }
    return sums.values.max()
}

/// A count of tests that a text spells; nil for what cannot be one.
private func count(_ text: some StringProtocol) -> Int? {
    Int(text).flatMap { (0..<1_000_000_000).contains($0) ? $0 : nil }
}

/// A runner's line that counts.
private struct Runner: Sendable {
    var isSummed = false
    var count: @Sendable (Words) -> Int?
}

/// Words of a line, without colours and punctuation at their ends.
private struct Words {
    let text: String
    let words: [String]

    init(_ text: String) {
        self.text = text
        words = text.split(whereSeparator: \.isWhitespace).map {
            String($0.drop { "(=[".contains($0) }.reversed().drop { ",;:.)=]".contains($0) }.reversed())
        }.filter { !$0.isEmpty }
    }

    /// Whether the line begins with these words.
    func begins(_ start: [String]) -> Bool { words.starts(with: start) }

    /// The number before a word.
    func number(before word: String) -> Int? {
        for (index, found) in words.enumerated().dropFirst() where found == word {
            if let number = count(words[index - 1]) { return number }
        }
        return nil
    }

    /// The number after some words in a row.
    func number(after start: [String]) -> Int? {
        guard words.count > start.count else { return nil }
        for index in 0..<(words.count - start.count)
        where Array(words[index..<(index + start.count)]) == start {
            if let number = count(words[index + start.count]) { return number }
        }
        return nil
    }

    /// The sum of the numbers before these words; nil without any.
    func sum(before names: [String]) -> Int? {
        let found = names.compactMap { number(before: $0) }
        return found.isEmpty ? nil : found.reduce(0, +)
    }
}

private let runners: [Runner] = [
    // Swift Testing: "Test run with 12 tests in 3 suites passed after 0.1 seconds."
    Runner { $0.number(after: ["Test", "run", "with"]) },
    // XCTest: "Executed 5 tests, with 0 failures"
    Runner { $0.text.contains("test") ? $0.number(after: ["Executed"]) : nil },
    // unittest: "Ran 5 tests in 0.001s"
    Runner { line in line.begins(["Ran"]) && line.text.contains("test") ? line.number(after: ["Ran"]) : nil },
    // pytest: "==== 5 passed, 1 failed in 0.12s ====", "no tests ran in 0.01s"
    Runner { line in
        if line.begins(["no", "tests", "ran"]) || line.begins(["NO", "TESTS", "RAN"]) { return 0 }
        guard line.text.contains(" in "), !line.text.contains("test result:") else { return nil }
        return line.sum(before: ["passed", "failed", "xfailed", "xpassed"])
    },
    // cargo: "test result: ok. 5 passed; 0 failed; 0 ignored", once a crate
    Runner(isSummed: true) { line in
        line.begins(["test", "result"]) ? line.sum(before: ["passed", "failed"]) : nil
    },
    // go: "ok  pkg 0.01s", "FAIL pkg", "?  pkg [no test files]", "ok pkg [no tests to run]"
    Runner(isSummed: true) { line in
        guard line.words.count >= 2, let first = line.words.first else { return nil }
        if first == "?", line.text.contains("[no test files]") { return 0 }
        guard first == "ok", line.words.last?.hasSuffix("s") == true || line.text.contains("[") else {
            return nil
        }
        guard line.text.contains("\t") else { return nil }
        return line.text.contains("[no tests to run]") ? 0 : 1
    },
    // jest: "Tests: 2 failed, 5 passed, 7 total"; vitest: "Tests 5 passed (5)"
    Runner { line in
        guard line.begins(["Tests"]) else { return nil }
        return line.number(before: "total") ?? line.sum(before: ["passed", "failed"])
    },
    // mocha: "5 passing (12ms)"
    Runner { line in line.words.count <= 3 ? line.number(before: "passing") : nil },
    // ctest: "100% tests passed, 0 tests failed out of 5", "No tests were found!!!"
    Runner { line in
        line.begins(["No", "tests", "were"]) ? 0 : line.number(after: ["tests", "failed", "out", "of"])
    },
    // TAP: "1..5", and node: "# tests 5"
    Runner(isSummed: true) { line in
        guard line.words.count == 1, let only = line.words.first, only.hasPrefix("1..") else { return nil }
        return count(only.dropFirst(3))
    },
    Runner { line in
        line.begins(["#", "tests"]) || line.begins(["ℹ", "tests"]) ? line.number(after: ["tests"]) : nil
    },
    // Maven: "Tests run: 5, Failures: 0"
    Runner { $0.number(after: ["Tests", "run"]) },
    // RSpec: "5 examples, 0 failures"; minitest: "5 runs, 9 assertions"
    Runner {
        $0.text.contains("failure") ? $0.number(before: "examples") ?? $0.number(before: "example") : nil
    },
    Runner { $0.text.contains("assertions") ? $0.number(before: "runs") : nil },
    // PHPUnit: "OK (5 tests, 9 assertions)", "Tests: 5, Assertions: 9", "No tests executed!"
    Runner { line in
        if line.begins(["No", "tests", "executed!"]) { return 0 }
        guard line.text.contains("ssertions") else { return nil }
        return line.number(before: "tests") ?? line.number(before: "test") ?? line.number(after: ["Tests"])
    },
    // .NET: "Passed! - Failed: 0, Passed: 5, Skipped: 0, Total: 5"
    Runner(isSummed: true) { $0.text.contains("Skipped:") ? $0.number(after: ["Total"]) : nil },
]

/// A line without the sequences that colour it.
private func plain(_ line: Substring) -> String {
    guard line.contains("\u{1B}") else { return String(line) }
    var text = ""
    var isSequence = false
    var isFresh = false
    for character in line.unicodeScalars {
        if character == "\u{1B}" {
            (isSequence, isFresh) = (true, true)
        } else if isSequence {
            let isStart = isFresh && character == "["
            isFresh = false
            if !isStart, (0x40...0x7E).contains(character.value) { isSequence = false }
        } else {
            text.unicodeScalars.append(character)
        }
    }
    return text
}
