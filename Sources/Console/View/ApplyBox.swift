import AgentOSCore
import Terminal

/// The choice of how to take a result, with what each way would write.
struct ApplyBox: Widget {
    let chooser: ApplyChooser
    let model: ConsoleModel

    private var box: ChooserBox {
        let theme = model.options.theme
        let forms = ApplyChooser.Form.allCases
        let table = Table(
            columns: [Column("", .fixed(11)), Column("", .flexible(min: 10))], count: forms.count + 1,
            selection: chooser.onSwitch ? forms.count : chooser.form.rawValue, showsHeader: false,
            look: Table.Look(row: theme[.text], selected: theme[.selection], barColumns: 1)
        ) { row in
            guard row < forms.count else {
                let style = theme[chooser.isUngated ? .warning : .dim]
                return [
                    StyledLine(SafeText("[\(chooser.isUngated ? "x" : " ")] ungated"), style),
                    StyledLine("though a gate is red", style),
                ]
            }
            let isChosen = forms[row] == chooser.form
            return [
                StyledLine(
                    SafeText("\(isChosen ? "●" : "○") \(forms[row].title)"), theme[isChosen ? .accent : .text]
                ),
                StyledLine(SafeText(isChosen && forms[row] == .patch ? "" : forms[row].help), theme[.dim]),
            ]
        }
        return ChooserBox(
            title: SafeText("Apply \(chooser.sessionId) \(chooser.name)"), list: table, rows: table.count,
            heading: "what it would write", text: told, scroll: chooser.scroll, theme: theme)
    }

    func scrolled(by pages: Int, in rect: Rect) -> Scroll { box.scrolled(by: pages, in: rect) }

    func draw(in rect: Rect, of frame: inout Frame) {
        frame.draw(box, in: rect)
        guard chooser.form == .patch else { return }
        var row = box.areas(in: rect).list.row(ApplyChooser.Form.patch.rawValue)
        _ = row.takeLeft(13)
        var path = chooser.path
        path.style = model.options.theme[.input]
        frame.draw(path, in: row)
        if chooser.onSwitch { frame.cursor = nil }
    }

    /// What the keys do now.
    var keys: [(String, String)] {
        if chooser.onSwitch {
            return [("Space", "switches"), ("↑↓", "choose"), ("Esc", "cancels")]
        }
        return (chooser.canApply ? [("Enter", "applies")] : []) + [("↑↓", "choose"), ("Esc", "cancels")]
    }

    private var told: [StyledLine] {
        let theme = model.options.theme
        switch chooser.told[chooser.form] {
        case nil: return [StyledLine("asking the host …", theme[.dim])]
        case .success(let reply):
            func lines(_ name: String, _ words: String, _ role: Role) -> [StyledLine] {
                chooser.found(name).map { StyledLine(SafeText("\(words)\($0)"), theme[role]) }
            }
            return SafeText.lines(reply.message).map { StyledLine($0) }
                + lines(
                    "redGates", "✗ not green for these files: gate ", chooser.isUngated ? .warning : .error)
                + lines("conflicts", "✗ conflict: ", .error)
                + lines("leftOut", "· left out, runs by itself, --only takes it: ", .warning)
                + lines("paths", "  ", .dim)
        case .failure(let fault): return [StyledLine(SafeText("✗ \(fault)"), theme[.error])]
        }
    }
}

extension ApplyChooser.Form {
    fileprivate var title: String {
        switch self {
        case .branch: "branch"
        case .here: "here"
        case .patch: "patch"
        }
    }

    fileprivate var help: String {
        switch self {
        case .branch: "a commit on a new branch; your files stay as they are"
        case .here: "merged into your files, unstaged"
        case .patch: "written into a patch file"
        }
    }
}
