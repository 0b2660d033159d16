import AgentOSCore
import ArgumentParser

/// The benchmarks that need the program's own parts; `Benchmarks/bench.py` runs them and makes the table.
@main struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agentos-bench",
        abstract: "Measures the event log, the workspaces and the model router; one JSON object a line.",
        subcommands: [AppendBench.self, SnapshotBench.self, RouterBench.self])
}

/// One figure, as a line of JSON.
struct Figure: Codable {
    /// What was measured.
    var name: String
    /// How much.
    var value: Double
    /// Of what.
    var unit: String

    /// Prints the figure.
    func show() throws { print(try JSONText.string(self)) }
}

/// The middle of some measurements, which a single slow flush does not move.
func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
