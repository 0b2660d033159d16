import AgentOSCore
import ModelRouter

/// The votes of judges, which are model calls of others than the author.
extension LiveCalls {
    /// A vote is paid for whole or not at all: half of one would be no vote.
    func planVote(_ request: ModelRequest, _ rule: JudgeRule, _ session: Session) async throws
        -> ModelPlan
    {
        let judges: [ModelReference]
        do { judges = try router.candidates(for: rule.model) } catch {
            throw JudgeRefusal(reason: "no judge: \(error.message)")
        }
        let others = judges.filter { !session.authors.contains($0) }
        guard !others.isEmpty else {
            let names = judges.map { "\($0)" }.joined(separator: ", ")
            let authors = session.authors.map { "\($0)" }.joined(separator: ", ")
            throw JudgeRefusal(
                reason: "the judge \(rule.model) is \(names) alone, and the work is of \(authors): "
                    + "another model must judge it")
        }
        return try await plan(request, session, asking: others, isWhole: true)
    }
}
