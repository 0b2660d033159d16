import AgentOSCore
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Tools

@Suite("A disk that fills up under a tool", .serialized) struct FullDiskTests {
    /// A confining program that first puts a small file system of its own over the workspace.
    private func smallDisk(_ stage: Stage, _ layer: SandboxLayer) throws -> Sandbox {
        let mount = "mount -t tmpfs -o size=8m none '\(stage.workspace)'"
        let script = """
            #!/bin/sh
            exec unshare \(getuid() == 0 ? "-m" : "-Urm") sh -c "\(mount) && exec '\(try ConfiningHelper.path.get())' \\"\\$@\\"" sh "$@"

            """
        let path = try stage.folder.write("small-disk", script)
        chmod(path, 0o700)
        return Sandbox(layer: layer, helperPath: path, bubblewrap: Bubblewrap.find())
    }

    @Test("a command that fills it is ended, and that is why", arguments: Layers.all)
    func stopped(_ layer: SandboxLayer) async throws {
        let stage = try Stage()
        let mark = Mark()
        let result = try await smallDisk(stage, layer).run(
            stage.command("head -c 7500000 /dev/zero > big; echo filled; \(mark.sleeper)"))
        #expect(
            result.stopped == "disk" && result.exit == nil && !result.timedOut, "\(result) \(stage.output)")
        #expect(mark.alive == 0)
        let answer = result.toolResult(ConfinedResult.output(in: stage.spool))
        #expect(answer.isError && answer.text.contains("the disk is almost full]"), "\(answer.text)")
        // There is space again: the next command runs.
        let next = Stage(folder: stage.folder, spoolName: "next")
        let fine = try await Layers.sandbox(layer).run(next.command("echo fine"))
        #expect(fine.exit == 0 && next.output == "fine\n")
    }

    @Test("what a tool could not write to its end is as it was") func write() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            try folder.write("work/kept", "kept\n")
            let context = ToolContext(
                workspace: folder.file("work"), sandbox: nil, spool: folder.file("spool"))
            let tools = try ToolSet(names: ToolSet.names)
            func write(_ path: String, _ text: String) async -> ToolResult {
                await tools.run(
                    ToolCall(
                        id: "1", name: "write", arguments: ["path": .string(path), "content": .string(text)]),
                    in: context)
            }
            signal(SIGXFSZ, SIG_IGN)
            var before = rlimit()
            getrlimit(__rlimit_resource_t(1), &before)
            var small = rlimit(rlim_cur: 4096, rlim_max: before.rlim_max)
            setrlimit(__rlimit_resource_t(1), &small)
            for path in ["kept", "new"] {
                let result = await write(path, String(repeating: "x", count: 100_000))
                #expect(result.isError && !result.text.contains("\n"), "\(result.text)")
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("work"))
            #expect(try names == ["kept"] && folder.read("work/kept") == "kept\n")
            setrlimit(__rlimit_resource_t(1), &before)
            #expect(await !write("kept", String(repeating: "x", count: 100_000)).isError)
        }
    }
}
