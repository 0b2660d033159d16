import AgentOSCore
import Terminal

extension NewSessionForm {
    /// The form with what is likely.
    init(_ options: ConsoleOptions) {
        lines = Field.allCases.map { field in
            switch field {
            case .goal, .gate: InputLine()
            case .folder: InputLine(options.currentFolder)
            case .model: InputLine("default")
            case .cost: InputLine(options.defaults.limits.cost?.short ?? "")
            }
        }
    }

    /// The session that the form describes, or what is wrong with it by field.
    func config(_ options: ConsoleOptions) -> Result<SessionConfig, FormFaults> {
        var faults: [Field: String] = [:]
        let goal = self[.goal].text.trimmed
        if goal.isEmpty { faults[.goal] = "say what the agent is to do" }
        var config = SessionConfig(name: Self.name(goal), goal: goal)
        let folder = self[.folder].text.trimmed
        if !folder.isEmpty {
            let path = Paths.resolve(folder, from: options.currentFolder, home: options.homeFolder)
            if path == "/" || path == options.homeFolder {
                faults[.folder] = "too wide: name a project's folder"
            }
            config.workspace = .copy(path: path, include: [])
        }
        config.model = self[.model].text.trimmed
        if config.model.isEmpty { faults[.model] = "a route, or provider/model" }
        let gate = self[.gate].text.trimmed
        if !gate.isEmpty {
            config.gates = [GateConfig(name: "gate", kind: .run(command: gate, timeout: 300_000))]
        }
        let cost = self[.cost].text.trimmed
        config.limits.cost = Money(cost)
        if !cost.isEmpty, config.limits.cost.map({ $0 <= .zero }) ?? true {
            faults[.cost] = "an amount of USD such as 0.50, or nothing"
        }
        return faults.isEmpty ? .success(config) : .failure(FormFaults(byField: faults))
    }

    /// A short name made of the goal's first words.
    static func name(_ goal: String) -> String {
        let words = goal.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        var name = ""
        for word in words.prefix(4) where name.count + word.count < 32 {
            name += (name.isEmpty ? "" : "-") + word
        }
        return name.isEmpty ? "session" : name
    }
}

/// What is wrong in a form.
struct FormFaults: Error, Hashable {
    /// By field.
    let byField: [NewSessionForm.Field: String]
}

extension ConsoleModel {
    /// What a key does in the form.
    mutating func press(_ stroke: KeyStroke, in form: NewSessionForm) -> [ConsoleEffect] {
        var form = form
        let fields = NewSessionForm.Field.allCases
        func step(_ by: Int) -> NewSessionForm.Field {
            fields[(form.focus.rawValue + by + fields.count) % fields.count]
        }
        switch (stroke.key, stroke.modifiers) {
        case (.escape, _):
            overlay = nil
            return []
        case (.tab, []), (.down, _): form.focus = step(1)
        case (.tab, .shift), (.up, _): form.focus = step(-1)
        case (.enter, _): return submit(form)
        default:
            guard form[form.focus].apply(stroke) else { return [] }
            form.faults[form.focus] = nil
            form.refusal = nil
        }
        overlay = .form(form)
        return []
    }

    private mutating func submit(_ form: NewSessionForm) -> [ConsoleEffect] {
        guard !form.isSent else { return [] }
        var form = form
        var effects: [ConsoleEffect] = []
        switch form.config(options) {
        case .failure(let faults):
            form.faults = faults.byField
            form.focus = NewSessionForm.Field.allCases.first { faults.byField[$0] != nil } ?? .goal
        case .success(let config):
            do {
                form.faults = [:]
                form.isSent = true
                effects = send(
                    "session.create", ["config": .string(try JSONText.string(config))], then: .start)
            } catch {
                form.refusal = Fault(.negative, "the session cannot be written as JSON: \(error)")
            }
        }
        overlay = .form(form)
        return effects
    }
}
