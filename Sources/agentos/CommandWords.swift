import ArgumentParser

/// The words of the command line.
enum CommandWords {
    /// Moves options that every command takes and that stand before the command behind it: `--home H session list`.
    static func globalsLast(_ words: [String]) -> [String] {
        var leading: [String] = []
        var rest = words[...]
        while let word = rest.first {
            let name = String(word.prefix { $0 != "=" })
            if GlobalOptions.flags.contains(word) {
                leading.append(rest.removeFirst())
            } else if GlobalOptions.valued.contains(name), name != word {
                leading.append(rest.removeFirst())
            } else if GlobalOptions.valued.contains(word), rest.count > 1 {
                leading += [rest.removeFirst(), rest.removeFirst()]
            } else {
                break
            }
        }
        guard let first = rest.first, !first.hasPrefix("-") else { return words }
        // Behind `--` everything is text.
        let end = rest.firstIndex(of: "--") ?? rest.endIndex
        return Array(rest[..<end]) + leading + Array(rest[end...])
    }

    /// What a person may have meant by a command that there is not; nil when the word is one or near none.
    static func unknown(_ words: [String]) -> String? {
        var commands = Agentos.configuration.subcommands
        var path = "agentos"
        for word in words {
            guard !word.hasPrefix("-"), !commands.isEmpty else { return nil }
            let names = commands.flatMap { [$0.configuration.commandName ?? ""] + $0.configuration.aliases }
            guard
                let next = commands.first(where: { command in
                    command.configuration.commandName == word || command.configuration.aliases.contains(word)
                })
            else {
                guard word != "help" else { return nil }
                let near = names.filter { distance($0, word) <= (word.count < 5 ? 1 : 2) }
                let hint =
                    near.isEmpty ? "see: \(path) --help" : "did you mean \(near.joined(separator: " or "))?"
                return
                    "there is no command \(path.dropFirst(8))\(path == "agentos" ? "" : " ")\(word); \(hint)"
            }
            commands = next.configuration.subcommands
            path += " \(word)"
        }
        return nil
    }

    /// The command that the words begin with: `agentos session apply`.
    static func path(_ words: [String]) -> String {
        var commands = Agentos.configuration.subcommands
        var path = "agentos"
        for word in words {
            guard let next = commands.first(where: { $0.configuration.commandName == word }) else { break }
            commands = next.configuration.subcommands
            path += " \(word)"
        }
        return path
    }

    /// How many letters must change to make one word of another.
    static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var row = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (letter == other ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
