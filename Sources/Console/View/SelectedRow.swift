import AgentOSCore
import Terminal

extension [StyledLine] {
    /// The texts of a table's row; on the selected one the bar is the only style.
    ///
    /// A state is its sign and word there as everywhere, and moving the bar does not send each change of colour again.
    func row(isSelected: Bool) -> [StyledLine] {
        isSelected ? map { StyledLine($0.text) } : self
    }
}
