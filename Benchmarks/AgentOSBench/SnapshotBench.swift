import AgentOSCore
import ArgumentParser
import FoundationEssentials
import ObjectStore
import Workspaces

/// Snapshots and restores of a workspace, in milliseconds.
///
/// The files are left in `--dir/workspace` for a peer
/// to be measured on the same ones.
struct SnapshotBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshots", abstract: "Snapshot and restore of a workspace.")

    @Option(help: "An empty folder on the disk to measure.") var dir: String
    @Option(help: "How many files the workspace has.") var files = 2000
    @Option(help: "How often the small ones are measured; the median counts.") var rounds = 9

    func run() async throws {
        try FileManager.default.createDirectory(atPath: dir, withIntermediateDirectories: true)
        let store = try ObjectStore(root: dir + "/objects", tenant: .main)
        let policy = WorkspacePolicy(userHome: nil, agentosHome: nil, environment: ["PATH": "/usr/bin:/bin"])
        let workspace = try await Workspace.create(
            .empty, at: dir + "/workspace", store: store, cache: dir + "/cache", policy: policy)
        try write(0..<files, in: workspace, text: "first")
        var first: Snapshot?
        let whole = try milliseconds { first = try workspace.snapshot() }
        guard let first else { return }

        var unchanged: [Double] = []
        var changed: [Double] = []
        for round in 0..<rounds {
            // Files younger than 20 ms are read again, as they should be; that is not what is measured.
            try await Task.sleep(for: .milliseconds(50))
            _ = try workspace.snapshot()
            unchanged.append(try milliseconds { _ = try workspace.snapshot() })
            try write(0..<3, in: workspace, text: "round \(round)")
            changed.append(try milliseconds { _ = try workspace.snapshot() })
        }

        var restored: [Double] = []
        for round in 0..<3 {
            try write(0..<files, in: workspace, text: "other \(round)")
            let last = try workspace.snapshot()
            restored.append(
                try milliseconds {
                    try workspace.restore(workspace.planRestore(to: first.tree, knowing: [last.tree]))
                })
        }
        guard try workspace.snapshot().tree == first.tree else {
            throw Fault.failed("the restored files are not those of the first snapshot")
        }
        try Figure(name: "whole", value: whole, unit: "ms").show()
        try Figure(name: "unchanged", value: median(unchanged), unit: "ms").show()
        try Figure(name: "three", value: median(changed), unit: "ms").show()
        try Figure(name: "restore", value: median(restored), unit: "ms").show()
    }

    /// Writes files of about 2 KiB, a hundred a folder, each unlike the others.
    private func write(_ range: Range<Int>, in workspace: Workspace, text: String) throws {
        for index in range {
            let folder = "\(workspace.root)/src/part\(index / 100)"
            if index % 100 == 0 {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
            let line = "\(text) of file \(index), a line like any other line of a source file\n"
            let body = Data(String(repeating: line, count: 32).utf8)
            try body.write(to: URL(filePath: "\(folder)/file\(index).txt"))
        }
    }

    private func milliseconds(_ body: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        let began = clock.now
        try body()
        return (clock.now - began).seconds * 1000
    }
}
