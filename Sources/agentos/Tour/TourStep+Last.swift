import AgentOSCore
import FoundationEssentials

extension TourStep {
    /// 5: a rollback and its undoing.
    static let rollback = TourStep(
        number: 5, title: "rollback",
        moves: [
            TourMove(
                guide: TourGuide(
                    "A second session shortens the program; its gate fails.",
                    "A second session fails its gate."),
                isDone: { $0.gatePause != nil }, act: { try await $0.begin(.shorten) },
                isOurs: true),
            TourMove(
                guide: TourGuide(
                    "b: what a rollback to c0 would change. Enter, Enter does it.",
                    "b, then Enter, Enter: back to c0."),
                place: TourMove.session(.shorten), isDone: { $0.rolledBack != nil },
                act: { stage in
                    guard let id = await stage.log.facts.id(.shorten) else { return }
                    let preview = try await stage.client.ask(SessionRollbackPreview(id: id))
                    guard !preview.diff.files.isEmpty else {
                        throw missing("the preview of the rollback of \(id) names no file")
                    }
                    try await stage.perform("session.rollback", .shorten)
                }, patience: .seconds(20)),
            TourMove(
                guide: TourGuide("Rolled back: the files are as before. z undoes it.", "z undoes it."),
                place: TourMove.session(.shorten), isDone: { $0.undone != nil },
                act: { try await $0.perform("session.undo", .shorten) },
                patience: .seconds(12)),
        ],
        evidence: { _, facts in
            guard let red = facts.red(.shorten), let back = facts.rolledBack, let undone = facts.undone,
                // A person may have chosen another checkpoint than the first, where nothing changes.
                back.files > 0 || !back.checkpoint.rawValue.hasSuffix(".c0"), back.files == undone.files
            else { throw missing("no red gate, rollback and undo") }
            return TourGuide(
                "gate red (\(red.reason ?? "no reason")), rolled back to \(back.checkpoint)"
                    + " (\(back.files) file), undone (\(undone.files) file)",
                "gate red, rolled back, undone")
        })

    /// 6: the result is taken as a branch.
    static let apply = TourStep(
        number: 6, title: "apply",
        moves: [
            TourMove(
                guide: TourGuide("The first session ends: its gates are green.", "The first session ends."),
                place: TourMove.session(.mend), mark: .rest, isDone: { $0.outcome != nil }, isOurs: true,
                patience: .seconds(40)),
            TourMove(
                guide: TourGuide(
                    "d shows what changed; a, then Enter, takes it as a branch.",
                    "d: changes. a, Enter: a branch."),
                isDone: { $0.applied != nil },
                act: { stage in
                    guard let id = await stage.log.facts.id(.mend) else { return }
                    let diff = try await stage.client.ask(SessionDiff(id: id))
                    guard diff.text.contains("+            total += number") else {
                        throw missing("the diff of \(id) does not show the mended line")
                    }
                    // Taken in another form, which makes no branch: it is put back first.
                    if try await stage.client.ask(SessionShow(id: id.rawValue)).summary.result.state
                        == .applied
                    {
                        try await stage.perform("session.unapply", .mend)
                    }
                    try await stage.perform("session.apply", .mend)
                }, patience: .seconds(20)),
        ],
        evidence: { stage, facts in
            guard let (branch, commit) = facts.applied else {
                throw missing("nothing was applied to a branch")
            }
            let line = try stage.home.git(["log", "-1", "--format=%H %h %an: %s", branch])
            guard line.hasPrefix(commit) else { throw missing("\(branch) is not at \(commit): \(line)") }
            guard try stage.home.git(["status", "--porcelain"]).isEmpty else {
                throw missing("applying to \(branch) touched the files of \(stage.home.program)")
            }
            let shown = line.split(separator: " ", maxSplits: 1).last ?? ""
            return TourGuide(
                "\(branch), git log -1: \(shown.filter { !$0.isNewline })",
                "a branch, git log -1: \(commit.prefix(7))")
        })

    /// 7: a changed log is found out.
    static let verification = TourStep(
        number: 7, title: "verify",
        moves: [
            TourMove(
                guide: TourGuide(
                    "One byte in a copy of this log is changed. Who notices?",
                    "One byte of a copy is changed."),
                place: { _ in .events }, isDone: { $0.applied != nil }, isOurs: true)
        ],
        evidence: { stage, facts in
            guard let said = facts.said else { throw missing("there is no entry to change") }
            let found = try await TourTampering(stage: stage).found(at: said.seq)
            return TourGuide("a byte changed: \(found)", "entry \(said.seq) was changed: found")
        })
}
