/// What makes a graph of steps one that can be run.
extension ChainGraph {
    /// What is wrong with the chain, in the order of its steps; none for one that can be run.
    public func problems() throws -> [ChainProblem] {
        guard !config.steps.isEmpty else {
            return [ChainProblem(nil, "steps", "no steps", "write steps: {NAME: {session: FILE}}")]
        }
        var found: [ChainProblem] = []
        var names: Set<String> = []
        for step in config.steps {
            if !names.insert(step.name).inserted {
                found.append(ChainProblem(step.name, "", "two steps have this name", "rename one"))
            }
            found += try problems(of: step)
        }
        let sum = config.steps.reduce(0) {
            min(Self.mostSessions + 1, $0 + min(Self.mostSessions + 1, Self.count($1)))
        }
        if sum > Self.mostSessions {
            found.append(
                ChainProblem(
                    nil, "steps", "more than \(Self.mostSessions) sessions", "give each fewer values"))
        }
        guard found.isEmpty else { return found }
        let cycle = cycle()
        return cycle.isEmpty ? unreachable() : cycle
    }

    private func problems(of step: ChainStep) throws -> [ChainProblem] {
        var found: [ChainProblem] = []
        if let problem = Self.problem(ofName: step.name) {
            found.append(ChainProblem(step.name, "", problem))
        }
        for (key, names) in [("needs", step.needs), ("workspace.from", step.from)] {
            for (index, name) in names.enumerated() {
                if let problem = reference(name, step, "\(key)[\(index)]") { found.append(problem) }
            }
        }
        if step.parallel != nil, step.each.isEmpty {
            found.append(
                ChainProblem(
                    step.name, "parallel", "parallel without each", "leave it out, or add each: {NAME: […]}"))
        }
        for axis in step.each where axis.values.isEmpty || Set(axis.values).count < axis.values.count {
            let message = axis.values.isEmpty ? "no values" : "the same value twice"
            found.append(
                ChainProblem(step.name, "each.\(axis.name)", message, "write a list of different values"))
        }
        found += try texts(of: step)
        let known = upstream(step)
        for name in (step.when?.atoms ?? []).map(\.step) where !known.contains(name) {
            found.append(notBefore(name, step, "when"))
        }
        return found
    }

    /// A name of a step that cannot be one; nil for a good one.
    public static func problem(ofName name: String) -> String? {
        let isWord = name.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "-" || $0 == "_"
        }
        guard isWord, (1...40).contains(name.count), !name.hasPrefix("-") else {
            return "a step's name is up to 40 letters, digits, - and _"
        }
        return ["and", "or", "not", "each", "set", "step"].contains(name)
            ? "\(name) is a word of the language" : nil
    }

    private func reference(_ name: String, _ step: ChainStep, _ key: String) -> ChainProblem? {
        if name == step.name {
            return ChainProblem(step.name, key, "a step cannot come before itself", "take it out")
        }
        guard config.step(name) == nil else { return nil }
        return unknown(name, step, key)
    }

    private func unknown(_ name: String, _ step: ChainStep, _ key: String, text: String? = nil)
        -> ChainProblem
    {
        let names = config.steps.map(\.name).filter { $0 != step.name }
        let near = names.first {
            $0.lowercased() == name.lowercased() || abs($0.count - name.count) <= 2 && $0.isNear(name)
        }
        let shown = "\"\(SafeText(String(name.prefix(40))).text)\""
        let suggestion =
            near.map { "did you mean \($0)?" }
            ?? (names.isEmpty
                ? "there is no other step" : "the steps are \(names.prefix(12).joined(separator: ", "))")
        return ChainProblem(step.name, key, "there is no step \(shown)", suggestion, text: text)
    }

    private func notBefore(_ name: String, _ step: ChainStep, _ key: String, text: String? = nil)
        -> ChainProblem
    {
        guard name != step.name, config.step(name) != nil else { return unknown(name, step, key, text: text) }
        return ChainProblem(
            step.name, key, "\(name) does not come before \(step.name)", "add \(name) to its needs",
            text: text)
    }

    private func texts(of step: ChainStep) throws -> [ChainProblem] {
        var seen: Set<ChainText.Name> = []
        let known = upstream(step)
        var found: [ChainProblem] = []
        for name in try ChainText.names(in: step.session) where seen.insert(name).inserted {
            switch name {
            case .attempt: continue
            case .each(let axis):
                guard !step.each.contains(where: { $0.name == axis }) else { continue }
                let names = step.each.map(\.name)
                let hint =
                    names.isEmpty ? "add each: {\(axis): […]}" : "each has \(names.joined(separator: ", "))"
                found.append(
                    ChainProblem(step.name, "session", "\(name.text) has no value", hint, text: name.text))
            case .output(let other, _):
                guard known.contains(other), let source = config.step(other) else {
                    found.append(notBefore(other, step, "session", text: name.text))
                    continue
                }
                if source.outputs == nil {
                    found.append(
                        ChainProblem(
                            step.name, "session", "\(name.text): \(other) has no outputs",
                            "give \(other) outputs: {file: …, schema: …}", text: name.text))
                } else if !source.each.isEmpty {
                    found.append(
                        ChainProblem(
                            step.name, "session",
                            "\(name.text): \(other) has an output for each of its values",
                            "take the output of a step without each", text: name.text))
                }
            }
        }
        return found
    }

    /// The first cycle, named from the step of it that stands first.
    private func cycle() -> [ChainProblem] {
        let ordered = Set(waves().joined().map(\.name))
        let open = config.steps.filter { !ordered.contains($0.name) }
        guard let first = open.first(where: { upstream($0).contains($0.name) }) else { return [] }
        var path = [first.name]
        var step = first
        while let next = before(step).first(where: { name in
            config.step(name).map { upstream($0).contains(first.name) || name == first.name } ?? false
        }), let found = config.step(next) {
            path.append(next)
            if next == first.name || path.count > config.steps.count { break }
            step = found
        }
        let key = first.needs.contains(path.count > 1 ? path[1] : "") ? "needs" : "workspace.from"
        return [
            ChainProblem(
                first.name, key, "a cycle: \(path.joined(separator: " needs "))", "take one of these out")
        ]
    }

    /// Steps whose condition no run can meet.
    private func unreachable() -> [ChainProblem] {
        config.steps.compactMap { step in
            guard let condition = step.when else { return nil }
            let names = Array(Set(condition.atoms.map(\.step))).sorted()
            guard names.count <= 8, !canHold(condition, names, step.wait) else { return nil }
            return ChainProblem(
                step.name, "when", "it is never so, and \(step.name) would never run",
                "change the condition, or take the step out")
        }
    }

    private func canHold(_ condition: StepCondition, _ names: [String], _ wait: StepWait) -> Bool {
        let options = names.map { name -> [StepResult?] in
            // Where a failure rolls the chain back, nothing is started after it.
            let ends: [StepResult?] =
                config.step(name)?.onFailure == .rollback
                ? [.passed, .skipped] : [.passed, .failed, .skipped]
            return wait == .any ? ends + [nil] : ends
        }
        var choice: [String: StepResult] = [:]
        func search(_ index: Int) -> Bool {
            guard index < names.count else { return condition.holds { choice[$0] } }
            return options[index].contains { option in
                choice[names[index]] = option
                return search(index + 1)
            }
        }
        return search(0)
    }
}

extension String {
    /// Whether two names differ in one letter, or two neighbours changed places.
    fileprivate func isNear(_ other: String) -> Bool {
        let (left, right) = (Array(lowercased()), Array(other.lowercased()))
        let start = zip(left, right).prefix { $0 == $1 }.count
        let end = zip(left.reversed(), right.reversed()).prefix { $0 == $1 }.count
        return max(left.count, right.count) - min(start + end, min(left.count, right.count)) <= 2
    }
}
