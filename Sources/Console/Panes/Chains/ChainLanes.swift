import AgentOSCore
import Terminal

/// The graph of a chain as lanes of text, a row for each step: `├─● test[linux]`.
///
/// A lane carries what one step left to the steps that need it. A step takes over the lane of the first step before
/// it that nobody after it needs, or opens one; the other lanes that end with it run into its own.
enum ChainLanes {
    /// The lanes of each step, all of the same width; `node` stands where the step is.
    static func rows(_ steps: [ChainSummary.Step]) -> [String] {
        var lanes: [String?] = []
        let drawn = steps.enumerated().map { index, step in
            row(step, later: steps[(index + 1)...], &lanes)
        }
        let width = drawn.map(\.count).max() ?? 0
        return drawn.map { String($0) + String(repeating: " ", count: width - $0.count) }
    }

    /// Where a step stands in its row.
    static let node: Character = "●"

    private static func row(
        _ step: ChainSummary.Step, later: ArraySlice<ChainSummary.Step>, _ lanes: inout [String?]
    ) -> [Character] {
        let before = lanes
        let parents = lanes.indices.filter { lane in lanes[lane].map(step.needs.contains) ?? false }
        func isNeeded(_ name: String) -> Bool { later.contains { $0.needs.contains(name) } }
        let ending = parents.filter { lane in lanes[lane].map { !isNeeded($0) } ?? false }
        for lane in ending { lanes[lane] = nil }
        let own = ending.first ?? lanes.firstIndex(of: nil) ?? lanes.count
        if own == lanes.count { lanes.append(nil) }
        if isNeeded(step.step) { lanes[own] = step.step }
        // A step opens its lane from the nearest lane of a step before it; the others run into it.
        let joins = Set(ending.isEmpty ? parents.prefix(1).map { $0 } : ending).union([own])
        let span = (joins.min() ?? own)...(joins.max() ?? own)
        var cells: [Character] = []
        for lane in 0..<max(before.count, lanes.count) {
            let was = lane < before.count && before[lane] != nil
            let stays = lane < lanes.count && lanes[lane] != nil
            cells.append(cell(lane, own, was: was, stays: stays, joins: joins, span: span))
            cells.append(span.contains(lane) && lane < span.upperBound ? "─" : " ")
        }
        while cells.last == " " { cells.removeLast() }
        return cells
    }

    private static func cell(
        _ lane: Int, _ own: Int, was: Bool, stays: Bool, joins: Set<Int>, span: ClosedRange<Int>
    ) -> Character {
        if lane == own { return node }
        if joins.contains(lane) {
            if lane > span.lowerBound, lane < span.upperBound { return stays ? "┼" : "┴" }
            if stays { return lane < own ? "├" : "┤" }
            return lane < own ? "└" : "┘"
        }
        if was || stays { return span.contains(lane) ? "┼" : "│" }
        return span.contains(lane) ? "─" : " "
    }
}
